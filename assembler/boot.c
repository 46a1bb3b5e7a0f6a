#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../init/seal.h"
#include "opened_kinds.h"
#include "parts.h"

static const struct boot *const boots[] = {
	&boot_u_boot, &boot_rpi_tryboot, &boot_uki, &boot_syslinux};

const struct boot *boot_find(const char *name)
{
	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++)
		if (strcmp(boots[i]->name, name) == 0)
			return boots[i];
	return NULL;
}

int boot_put_file(struct tree *t, const char *to, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd >= 0 ? tree_put_fd(t, to, 0644, fd) : -errno;

	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

int boot_put_text(struct tree *t, const char *to, const char *text)
{
	int r = tree_put_file(t, to, 0644, text, strlen(text));

	return r < 0 ? say_error("%s: %s", to, strerror(-r)) : 0;
}

const char *boot_arguments(const struct boot_disk *d, char slot)
{
	if (!d->data)
		return arena_printf(d->p->arena, "nanny.slot=%c", slot);
	return arena_printf(d->p->arena, "root=%s nanny.data=%s nanny.slot=%c",
		d->system[slot == 'b'], d->data, slot);
}

const char *boot_any_arguments(const struct boot_disk *d)
{
	if (!d->data)
		return "";
	return arena_printf(
		d->p->arena, "root=PARTLABEL=system-%c nanny.data=%s", SEAL_ANY_SLOT, d->data);
}

const char *boot_initrd(struct boot_disk *d)
{
	return product_part(d->p, d->data ? part_sealed_initrd : part_initrd);
}

/* Into one that nobody starts. */
static int install(struct product *p, const struct boot *b, const char *path, off_t bytes)
{
	const struct fat fat = {.arena = p->arena,
		.date = p->date,
		.label = "NANNY",
		.begin = b->install,
		.ctx = p};
	struct tree *none = tree_new();
	int r = fat_write(&fat, none, path, 0, bytes);

	tree_free(none);
	return r;
}

int boot_installed(struct product *p, const struct boot *b, uint64_t bytes, struct tree *to)
{
	struct piece piece = {
		.name = arena_printf(p->arena, "%s/installed", p->work), .size = bytes};
	int r;

	if (!b->install)
		return 0;
	piece.fd = open(piece.name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (piece.fd < 0)
		return say_error("%s: %s", piece.name, strerror(errno));
	r = install(p, b, piece.name, (off_t)bytes);
	if (r == 0)
		r = fat_unpack(p->arena, &piece, to);
	(void)close(piece.fd);
	(void)unlink(piece.name);
	return r;
}

int boot_put_device_trees(struct boot_disk *d, const char *folder)
{
	const struct board *b = d->p->ctx->board;
	struct arena *a = d->p->arena;

	for (size_t i = 0; i < b->boot.n_trees; i++) {
		const struct tree_inode *f = tree_get(d->p->kernel->boot,
			arena_printf(a, KERNEL_DEVICE_TREES "/%s", b->boot.trees[i]));
		const char *name = b->boot.trees[i], *slash = strrchr(name, '/');
		const char *to =
			*folder || !slash ? arena_printf(a, "%s%s", folder, name) : slash + 1;
		int r = f ? tree_put(d->slot[0], to, f) : -ENOENT;

		if (r < 0)
			return say_error("%s: %s", b->boot.trees[i], strerror(-r));
	}
	return 0;
}
