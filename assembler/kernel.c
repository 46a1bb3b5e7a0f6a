#include "kernel.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alias.h"
#include "cache.h"
#include "deb.h"
#include "io.h"
#include "layer.h"
#include "mem.h"
#include "modules.h"
#include "sha256.h"
#include "tar.h"

/* Part of the key of what is cached: goes up when the same package gives something else. */
#define FORMAT "5"
#define ORDER  "order"
/* Where the first stage's part lies in kernel::boot, and so in the cache. */
#define STAGE       "stage"
#define STAGE_ORDER "stage-order"

/*
 * Those that a kernel has not are nothing to say: it may not need them.  erofs needs libcrc32c,
 * which asks the crypto layer for the sum by an alias and not as a dependency.
 */
static const char *stage_words[] = {"crc32c_generic", "squashfs", "erofs", "dm_verity"};

void kernel_free(struct kernel *k)
{
	tree_free(k->boot);
	tree_free(k->modules);
	tree_free(k->rest);
	tree_free(k->stage);
	*k = (struct kernel){0};
}

/* "/VENDOR/NAME.dtb" of one of Debian's folders of them, or NULL: the second is that of kernels
 * whose modules have a package of their own. */
static const char *below_device_trees(const char *path)
{
	static const char release[] = "lib/modules/", folder[] = "/dtb/";
	const char *name;

	if (strncmp(path, "lib/linux-image-", 16) == 0)
		return strchr(path + 4, '/');
	if (strncmp(path, release, sizeof(release) - 1) != 0)
		return NULL;
	name = strchr(path + sizeof(release) - 1, '/');
	if (!name || strncmp(name, folder, sizeof(folder) - 1) != 0)
		return NULL;
	return name + sizeof(folder) - 2; /* from its last '/' */
}

static const char *pick_device_tree(struct image_ctx *c, const char *path)
{
	const char *name = below_device_trees(path);

	for (size_t i = 0; name && i < c->board->boot.n_trees; i++)
		if (strcmp(name + 1, c->board->boot.trees[i]) == 0)
			return arena_printf(c->arena, "boot/" KERNEL_DEVICE_TREES "%s", name);
	return NULL;
}

static const char *pick(void *ctx, const char *path)
{
	struct image_ctx *c = ctx;
	const char *tree;

	if (fnmatch(c->board->kernel_file, path, FNM_PATHNAME) == 0)
		return "boot/kernel";
	if (fnmatch("usr/share/doc/*/copyright", path, FNM_PATHNAME) == 0)
		return "boot/copyright";
	if (strncmp(path, "usr/", 4) == 0)
		path += 4;
	tree = pick_device_tree(c, path);
	if (tree)
		return tree;
	if (strncmp(path, "lib/modules/", 12) != 0)
		return NULL;
	return fnmatch("*.ko*", path, 0) == 0 || fnmatch("*/modules.builtin", path, 0) == 0
		       ? path + 4
		       : NULL;
}

struct subtree {
	struct tree *to;
	const char *prefix;
};

static int subtree_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	const struct subtree *s = ctx;
	size_t n = strlen(s->prefix);

	if (strncmp(path, s->prefix, n) != 0 || path[n] != '/')
		return 0;
	return tree_put(s->to, path + n + 1, f);
}

/* A copy of what lies below `prefix`; content is not copied. */
static struct tree *subtree(const struct tree *t, const char *prefix)
{
	struct subtree s = {tree_new(), prefix};

	if (tree_walk(t, subtree_visit, &s) < 0) {
		tree_free(s.to);
		return NULL;
	}
	return s.to;
}

/* The board as if its modules were these. */
static int select_words(struct image_ctx *ctx, const struct tree *all, struct tree *to,
	const struct board *as, bool lenient, const char **ret_order)
{
	const struct modules_request q = {
		.arena = ctx->arena,
		.diag = ctx->diag,
		.board = as,
		.all = all,
		.to = to,
		.lenient = lenient,
	};
	char *order = NULL;
	int r = modules_select(&q, &order);

	*ret_order = order;
	return r;
}

static int select_stage(
	struct image_ctx *ctx, const struct tree *all, struct kernel *k, bool lenient)
{
	struct board storage = *ctx->board, usual = *ctx->board;
	struct tree *to = tree_new();
	const char *first = "", *second = "";
	int r;

	storage.modules = storage.storage;
	storage.modules_at = storage.storage_at;
	storage.n_modules = storage.n_storage;
	usual.modules = stage_words;
	usual.n_modules = sizeof(stage_words) / sizeof(stage_words[0]);
	storage.n_coldplug = usual.n_coldplug = 0;
	r = select_words(ctx, all, to, &storage, lenient, &first);
	if (r >= 0)
		r = select_words(ctx, all, to, &usual, true, &second);
	if (r >= 0) {
		const char *order = arena_printf(ctx->arena, "%s%s", first, second);

		r = tree_graft(k->boot, STAGE, to);
		if (r >= 0)
			r = tree_put_file(k->boot, STAGE_ORDER, 0644, order, strlen(order));
	}
	tree_free(to);
	return r;
}

static int select_modules(struct image_ctx *ctx, struct tree *all, struct kernel *k, bool lenient)
{
	int r = select_words(ctx, all, k->modules, ctx->board, lenient, &k->order);

	/* Both, so that one run shows what is wrong with either. */
	return select_stage(ctx, all, k, lenient) < 0 || r < 0 ? -1 : 0;
}

static const struct lock_entry *next_package(struct image_ctx *ctx, const struct lock_entry *last)
{
	const struct board *b = ctx->board;

	return lock_next(ctx->lock, last, b->kernel_package, b->arch, b->kernel_suite);
}

static int check_device_trees(struct image_ctx *ctx, const struct kernel *k)
{
	const struct board *b = ctx->board;
	int bad = 0;

	for (size_t i = 0; i < b->boot.n_trees; i++) {
		const char *name = b->boot.trees[i];

		if (tree_get(k->boot, arena_printf(ctx->arena, KERNEL_DEVICE_TREES "/%s", name)))
			continue;
		diag_error(
			ctx->diag, b->boot.trees_at[i], "the kernel has no device tree '%s'", name);
		bad = -1;
	}
	return bad;
}

/* All its packages, one over the other. */
static int unpack_debs(struct image_ctx *ctx, const struct lock_entry *first, struct tree *to)
{
	int r = 0;

	for (const struct lock_entry *e = first; r >= 0 && e; e = next_package(ctx, e)) {
		const char *deb = deb_fetch(ctx->arena, e);

		r = deb ? deb_extract(deb, to, pick, ctx) : -1;
	}
	return r;
}

static int from_debs(struct image_ctx *ctx, const struct lock_entry *first, struct kernel *k)
{
	const struct board *b = ctx->board;
	struct tree *all = tree_new(), *modules;
	int r = -1;

	say_progress("unpacking the kernel %s %s", first->name, first->version);
	if (unpack_debs(ctx, first, all) < 0) {
		tree_free(all);
		return -1;
	}
	k->boot = subtree(all, "boot");
	k->modules = tree_new();
	modules = subtree(all, "modules");
	tree_free(all);
	if (!k->boot || !tree_get(k->boot, "kernel"))
		diag_error(ctx->diag, b->kernel_at, "package '%s' has no file '%s'",
			b->kernel_package, b->kernel_file);
	else if (modules)
		r = select_modules(ctx, modules, k, false);
	tree_free(modules);
	return k->boot && check_device_trees(ctx, k) < 0 ? -1 : r;
}

static void hash_words(struct sha256 *sum, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sha256_add(sum, words[i], strlen(words[i]) + 1);
}

static const char *cache_file(
	struct image_ctx *ctx, const struct lock_entry *first, const char *kind)
{
	const struct board *b = ctx->board;
	struct sha256 sum;
	uint8_t all[32];
	char hex[65];

	sha256_begin(&sum);
	sha256_add(&sum, FORMAT, sizeof(FORMAT));
	for (const struct lock_entry *e = first; e; e = next_package(ctx, e))
		sha256_add(&sum, e->sha256, strlen(e->sha256) + 1);
	sha256_add(&sum, b->kernel_file, strlen(b->kernel_file) + 1);
	hash_words(&sum, b->modules, b->n_modules);
	sha256_add(&sum, "coldplug", sizeof("coldplug"));
	hash_words(&sum, b->coldplug, b->n_coldplug);
	sha256_add(&sum, "storage", sizeof("storage"));
	hash_words(&sum, b->storage, b->n_storage);
	hash_words(&sum, stage_words, sizeof(stage_words) / sizeof(stage_words[0]));
	sha256_add(&sum, "trees", sizeof("trees"));
	hash_words(&sum, b->boot.trees, b->boot.n_trees);
	sha256_end(&sum, all);
	sha256_hex(all, hex);
	return cache_path(ctx->arena, "kernel", arena_printf(ctx->arena, "%s.%s.tar", hex, kind));
}

static int save(struct image_ctx *ctx, const struct tree *t, const char *path)
{
	char *tmp;
	int fd = cache_begin(ctx->arena, path, &tmp);

	if (fd < 0)
		return -1;
	if (tar_write(t, fd) < 0) {
		cache_abort(fd, tmp);
		return -1;
	}
	return cache_commit_summed(ctx->arena, fd, tmp, path) < 0 ? -1 : 0;
}

static char *read_text(struct image_ctx *ctx, const struct tree *t, const char *path)
{
	const struct tree_inode *f = tree_get(t, path);
	char *text = arena_alloc(ctx->arena, f ? (size_t)f->size + 1 : 1);

	return f && tree_read(t, f, text, (size_t)f->size, 0) == f->size ? text : NULL;
}

/* The order of the modules travels in the cached tree of the kernel. */
static int load_cached(
	struct image_ctx *ctx, const char *boot, const char *modules, struct kernel *k)
{
	k->boot = tree_new();
	k->modules = tree_new();
	if (layer_apply(k->boot, boot, NULL, NULL) < 0 ||
		layer_apply(k->modules, modules, NULL, NULL) < 0)
		return -1;
	k->order = read_text(ctx, k->boot, ORDER);
	return k->order ? 0 : say_error("%s: damaged; remove it", boot);
}

static int from_package(struct image_ctx *ctx, struct kernel *k)
{
	const struct board *b = ctx->board;
	const struct lock_entry *first = next_package(ctx, NULL);
	const char *boot, *modules;
	int r;

	if (!first) {
		diag_error(ctx->diag, b->kernel_at, "package '%s' is not in %s for %s%s%s",
			b->kernel_package, ctx->lock->file, b->arch,
			b->kernel_suite ? ", from the suite " : "",
			b->kernel_suite ? b->kernel_suite : "");
		return -1;
	}
	boot = cache_file(ctx, first, "boot");
	modules = cache_file(ctx, first, "modules");
	if (!boot || !modules)
		return -1;
	/* `boot` is written last: where it is, both are. */
	if (cache_has(boot) && cache_has(modules))
		return load_cached(ctx, boot, modules, k);
	r = from_debs(ctx, first, k);
	if (r < 0)
		return r;
	r = tree_put_file(k->boot, ORDER, 0644, k->order, strlen(k->order));
	if (r < 0)
		return say_error("%s: %s", boot, strerror(-r));
	if (save(ctx, k->modules, modules) < 0)
		return -1;
	return save(ctx, k->boot, boot);
}

/* The image's tar of modules, by way of a temporary file: a layer is read from one. */
static int unpack_archive(struct image_ctx *ctx, const struct tree *image,
	const struct tree_inode *tar, struct tree *to)
{
	const char *path = cache_path(ctx->arena, "kernel", "modules.tar");
	char *tmp;
	int fd = path ? cache_begin(ctx->arena, path, &tmp) : -1, r;

	if (fd < 0)
		return -1;
	r = io_write_inode(fd, image, tar);
	if (r < 0)
		(void)say_error("%s: %s", tmp, strerror(-r));
	else
		r = layer_apply(to, tmp, NULL, NULL);
	cache_abort(fd, tmp);
	return r;
}

/* A file that the YAML names, or one that it does not want: *ret_file NULL. */
static int find_file(struct image_ctx *ctx, const struct config *c, const struct tree *image,
	const char *key, const char *name, const struct tree_inode **ret_file)
{
	*ret_file = name ? tree_get(image, name) : NULL;
	if (!name || (*ret_file && S_ISREG((*ret_file)->mode)))
		return 0;
	diag_error(ctx->diag, c->kernel.image.at,
		"image '%s' has no file '%s': name it with kernel.%s%s", c->kernel.image.name, name,
		key, strcmp(key, "tar") == 0 ? ", or say 'tar: none'" : "");
	return -1;
}

static int put_boot(
	struct kernel *k, const struct tree_inode *kernel, const struct tree_inode *ucode)
{
	int r;

	k->boot = tree_new();
	r = tree_put(k->boot, "kernel", kernel);
	if (r >= 0 && ucode)
		r = tree_put(k->boot, "ucode", ucode);
	return r;
}

static int from_tree(
	struct image_ctx *ctx, const struct config *c, const struct tree *image, struct kernel *k)
{
	static const char modules[] = "lib/modules";
	const struct tree_inode *kernel, *tar, *ucode;
	int r = 0;

	if (find_file(ctx, c, image, "binary", c->kernel.binary, &kernel) < 0)
		r = -1;
	if (find_file(ctx, c, image, "tar", c->kernel.tar, &tar) < 0)
		r = -1;
	if (find_file(ctx, c, image, "ucode", c->kernel.ucode, &ucode) < 0)
		r = -1;
	if (r < 0)
		return r;
	r = put_boot(k, kernel, ucode);
	if (r < 0)
		return say_error("%s: %s", c->kernel.image.name, strerror(-r));
	k->rest = tree_new();
	if (tar && unpack_archive(ctx, image, tar, k->rest) < 0)
		return -1;
	k->modules = subtree(k->rest, modules);
	r = tree_remove(k->rest, modules);
	if (r < 0 || !k->modules)
		return say_error("%s: %s", c->kernel.image.name, strerror(r < 0 ? -r : EINVAL));
	return select_modules(ctx, k->modules, k, true);
}

static int from_image(struct image_ctx *ctx, const struct config *c, struct kernel *k)
{
	const struct image *img = image_resolve(ctx, &c->kernel.image);
	struct tree *t = img ? image_unpack(ctx, img) : NULL;
	int r;

	if (!t)
		return -1;
	r = from_tree(ctx, c, t, k);
	tree_free(t);
	return r;
}

int kernel_get(struct image_ctx *ctx, const struct config *c, struct kernel *ret)
{
	int r;

	*ret = (struct kernel){0};
	if (!c->kernel.image.name || alias_is_board(ctx, c->kernel.image.name))
		r = from_package(ctx, ret);
	else
		r = from_image(ctx, c, ret);
	if (r < 0)
		return r;
	ret->stage = subtree(ret->boot, STAGE);
	ret->stage_order = read_text(ctx, ret->boot, STAGE_ORDER);
	return ret->stage && ret->stage_order ? 0 : say_error("the kernel has no first stage");
}
