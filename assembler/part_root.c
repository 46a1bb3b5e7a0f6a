/* A root in squashfs or erofs, and the first stage that finds it (init/root.h). */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../init/root.h"
#include "../init/seal.h"
#include "cpio.h"
#include "io.h"
#include "sha256.h"
#include "slot.h"
#include "squash.h"

/* What init sets on a root from a cpio is in this one already. */
static const char only_in_ram[] = "etc/nanny/xattrs";

static int write_root(struct product *p, const char *path, int fd, enum squash_kind kind)
{
	struct tree *t = tree_new();
	int r = tree_graft(t, "", p->layout->merged);
	const char *image;
	int in;

	if (r >= 0)
		r = tree_remove(t, only_in_ram);
	image = r < 0 ? NULL : squash_image(p->ctx, t, kind);
	tree_free(t);
	if (!image)
		return r < 0 ? say_error("%s: %s", path, strerror(-r)) : -1;
	in = open(image, O_RDONLY | O_CLOEXEC);
	r = in < 0 ? -errno : io_copy(in, fd);
	if (in >= 0)
		(void)close(in);
	return r < 0 ? say_error("%s: %s", image, strerror(-r)) : 0;
}

int part_squashfs(struct product *p, const char *path, int fd)
{
	return write_root(p, path, fd, SQUASH_SQUASHFS);
}

int part_erofs(struct product *p, const char *path, int fd)
{
	return write_root(p, path, fd, SQUASH_EROFS);
}

static int put_node(struct tree *t, const char *path, mode_t perm, unsigned major, unsigned minor)
{
	const struct tree_inode f = {.mode = S_IFCHR | perm, .rdev = makedev(major, minor)};

	return tree_put(t, path, &f);
}

/* Our own init, whatever the system's is. */
static int put_init(struct product *p, struct tree *t)
{
	const struct image_ref ref = {.name = "nanny/init"};
	const struct image *img = image_resolve(p->ctx, &ref);
	struct tree *image = img ? image_unpack(p->ctx, img) : NULL;
	const struct tree_inode *init = image ? tree_get(image, "init") : NULL;
	int r;

	if (!init) {
		tree_free(image);
		return image ? say_error("nanny/init has no file 'init'") : -1;
	}
	r = tree_put(t, "init", init);
	tree_free(image);
	return r < 0 ? say_error("init: %s", strerror(-r)) : 0;
}

static int put_rest(struct product *p, struct tree *t)
{
	static const char *const folders[] = {"dev", "proc", "root", "sys"};
	const char *order = p->kernel->stage_order;
	int r = tree_graft(t, "lib/modules", p->kernel->stage);

	for (size_t i = 0; r >= 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		r = tree_put_dir(t, folders[i], 0755);
	if (r >= 0)
		r = put_node(t, "dev/console", 0600, 5, 1);
	if (r >= 0)
		r = put_node(t, "dev/null", 0666, 1, 3);
	if (r >= 0)
		r = tree_put_file(t, "etc/nanny/modules", 0644, order, strlen(order));
	if (r >= 0)
		r = tree_put_file(t, ROOT_STAGE, 0644, "", 0);
	return r < 0 ? say_error("the first stage: %s", strerror(-r)) : 0;
}

/* Whose roots, and which of them, this machine takes. */
static int put_seal(struct product *p, struct tree *t)
{
	const struct key *key = product_key(p);
	const char *pub = key ? key_public_text(p->arena, key) : NULL;
	const char *expect = arena_printf(p->arena, "board %s\nsecurity-version %" PRIu64 "\n",
		p->ctx->board->name, p->security);
	int r;

	if (!key)
		return -1;
	r = tree_put_file(t, SEAL_KEY, 0644, pub, strlen(pub));
	if (r >= 0)
		r = tree_put_file(t, SEAL_EXPECT, 0644, expect, strlen(expect));
	return r < 0 ? say_error("the first stage: %s", strerror(-r)) : 0;
}

static int write_stage(struct product *p, const char *path, int fd, bool is_sealed)
{
	const struct tree_inode *ucode = tree_get(p->kernel->boot, "ucode");
	struct tree *t = tree_new();
	int r = ucode ? io_write_inode(fd, p->kernel->boot, ucode) : 0;

	if (r < 0)
		r = say_error("%s: %s", path, strerror(-r));
	if (r >= 0)
		r = put_init(p, t);
	if (r >= 0)
		r = put_rest(p, t);
	if (r >= 0 && is_sealed)
		r = put_seal(p, t);
	if (r >= 0)
		r = cpio_write(t, fd, true);
	tree_free(t);
	return r;
}

int part_root_initrd(struct product *p, const char *path, int fd)
{
	return write_stage(p, path, fd, false);
}

int part_sealed_initrd(struct product *p, const char *path, int fd)
{
	return write_stage(p, path, fd, true);
}

static int sum_part(struct product *p, product_make *make, const char *name, struct slot_boot *ret)
{
	const char *path = product_part(p, make);
	int r = path ? sha256_file(path, ret->sha256) : -1;

	ret->name = name;
	return path && r < 0 ? say_error("%s: %s", path, strerror(-r)) : r;
}

int part_slot(struct product *p, const char *path, int fd)
{
	struct slot_boot boot[2];
	struct slot_request q = {
		.image = product_part(p, part_squashfs),
		.filesystem = "squashfs",
		.board = p->ctx->board->name,
		.version = p->version,
		.security = p->security,
		.key = product_key(p),
		.boot = boot,
		.n_boot = 2,
		.partition = p->slot_size,
	};

	(void)path;
	if (!q.image || !q.key)
		return -1;
	if (p->n_boot) {
		q.boot = p->boot;
		q.n_boot = p->n_boot;
	} else if (sum_part(p, part_kernel, "kernel", &boot[0]) < 0 ||
		   sum_part(p, part_sealed_initrd, "initrd", &boot[1]) < 0) {
		return -1;
	}
	return slot_write(p->arena, &q, fd);
}
