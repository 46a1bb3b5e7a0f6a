#include "pinned.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "deb.h"
#include "disk.h"
#include "io.h"
#include "loaders.h"
#include "sha256.h"

struct arch {
	const char *debian, *triplet, *loader;
};

static const struct arch archs[] = {
	{"amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"},
	{"arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"},
};

static const struct arch *find_arch(void)
{
	const char *host = deb_host_arch();

	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (strcmp(archs[i].debian, host) == 0)
			return &archs[i];
	(void)say_error("no pinned programs for a machine of kind %s", host);
	return NULL;
}

/* Programs and libraries; older packages have the latter outside of /usr. */
static const char *pick(void *ctx, const char *path)
{
	(void)ctx;
	return strncmp(path, "usr/share/", 10) == 0 || strncmp(path, "etc/", 4) == 0 ? NULL : path;
}

static int unpack_one(struct image_ctx *ctx, const char *name, const char *arch, struct tree *to)
{
	const struct lock_entry *e = lock_find(ctx->lock, name, arch);
	const char *deb;

	if (!e)
		return say_error("%s has no package '%s' for %s", ctx->lock->file, name, arch);
	deb = deb_fetch(ctx->arena, e);
	return deb ? deb_extract(deb, to, pick, NULL) : -1;
}

struct wanted {
	const char *path, *as;
};

static const char *pick_one(void *ctx, const char *path)
{
	const struct wanted *w = ctx;

	return strcmp(path, w->path) == 0 ? w->as : NULL;
}

int pinned_file(struct image_ctx *ctx, const char *package, const char *arch, const char *path,
	struct tree *to, const char *as)
{
	const struct lock_entry *e = lock_find(ctx->lock, package, arch);
	struct wanted w = {path, as};
	const char *deb;

	if (!e)
		return say_error("%s has no package '%s' for %s", ctx->lock->file, package, arch);
	/* The format's or the way to start has to say so in its table. */
	if (!loaders_has(ctx, package))
		return say_error("the package %s is not in the bill of materials", package);
	deb = deb_fetch(ctx->arena, e);
	if (!deb || deb_extract(deb, to, pick_one, &w) < 0)
		return -1;
	return tree_get(to, as) ? 0 : say_error("the package %s has no file '%s'", package, path);
}

/* Whole or not at all: another command may be at it, too; whoever is second throws his away. */
static int put(struct image_ctx *ctx, const struct tree *t, const char *dir)
{
	char *tmp = arena_printf(ctx->arena, "%s.XXXXXX", dir);
	int r;

	if (!mkdtemp(tmp))
		return say_error("cannot make a folder beside %s: %s", dir, strerror(errno));
	r = disk_write(t, tmp);
	if (r >= 0 && rename(tmp, dir) < 0 && errno != EEXIST && errno != ENOTEMPTY)
		r = say_error("%s: %s", dir, strerror(errno));
	io_remove_all(tmp);
	return r;
}

static int unpack(
	struct image_ctx *ctx, const char *arch, const char *const packages[], const char *dir)
{
	struct tree *t = tree_new();
	int r = 0;

	for (size_t i = 0; r >= 0 && packages[i]; i++)
		r = unpack_one(ctx, packages[i], arch, t);
	if (r >= 0)
		r = put(ctx, t, dir);
	tree_free(t);
	return r;
}

/* Another version of any of them is another folder. */
static const char *folder(struct image_ctx *ctx, const char *arch, const char *const packages[])
{
	struct sha256 s;
	uint8_t sum[32];
	char hex[65];

	sha256_begin(&s);
	for (size_t i = 0; packages[i]; i++) {
		const struct lock_entry *e = lock_find(ctx->lock, packages[i], arch);
		const char *is = e ? e->sha256 : "none";

		sha256_add(&s, is, strlen(is) + 1);
	}
	sha256_end(&s, sum);
	sha256_hex(sum, hex);
	return cache_path(ctx->arena, "tool", hex);
}

const char **pinned_program(
	struct image_ctx *ctx, const char *program, const char *const packages[])
{
	const struct arch *arch = find_arch();
	const char *dir = arch ? folder(ctx, arch->debian, packages) : NULL;
	const char *libraries;
	const char **argv;

	if (!dir)
		return NULL;
	if (access(dir, X_OK) < 0 && unpack(ctx, arch->debian, packages, dir) < 0)
		return NULL;
	libraries = arena_printf(ctx->arena, "%s/usr/lib/%s", dir, arch->triplet);
	argv = arena_alloc(ctx->arena, 5 * sizeof(*argv));
	argv[0] = arena_printf(ctx->arena, "%s/%s", libraries, arch->loader);
	argv[1] = "--library-path";
	argv[2] = libraries;
	argv[3] = arena_printf(ctx->arena, "%s/%s", dir, program);
	return argv;
}
