#include "squash.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "pinned.h"
#include "sha256.h"
#include "tar.h"
#include "tool.h"

/* Part of an image's name in the cache: goes up when the same tree gives other bytes. */
#define FORMAT "1"

/* Debian 12's own cannot read a tar. */
static const char *const erofs_packages[] = {"erofs-utils", "libc6", "libdeflate0", "liblz4-1",
	"liblzma5", "libpcre2-8-0", "libselinux1", "libuuid1", "libzstd1", NULL};

static int feed_tar(void *ctx, int fd)
{
	return tar_write(ctx, fd);
}

static int make_squashfs(struct image_ctx *ctx, const struct tree *t, const char *path)
{
	const char *const argv[] = {"mksquashfs", "-", path, "-tar", "-noappend", "-no-progress",
		"-comp", "zstd", "-root-mode", "755", "-root-uid", "0", "-root-gid", "0", NULL};
	const struct tool tool = {.argv = argv, .feed = feed_tar, .ctx = (void *)t};

	return tool_run(ctx->arena, &tool);
}

static int make_erofs(struct image_ctx *ctx, const struct tree *t, const char *path)
{
	static const char *const options[] = {"--tar=f", "--quiet", "-T0", "-zlz4hc,level=12",
		/* No two mounts are told apart by it, and nothing else says what it has to be. */
		"-U", "00000000-0000-0000-0000-000000000000"};
	const size_t n = sizeof(options) / sizeof(options[0]);
	const char **program = pinned_program(ctx, "usr/bin/mkfs.erofs", erofs_packages);
	const char **argv = arena_alloc(ctx->arena, (4 + n + 2) * sizeof(*argv));
	const struct tool tool = {.argv = argv, .feed = feed_tar, .ctx = (void *)t};

	if (!program)
		return -1;
	memcpy(argv, program, 4 * sizeof(*argv));
	memcpy(argv + 4, options, sizeof(options));
	argv[4 + n] = path;
	return tool_run(ctx->arena, &tool);
}

static const struct {
	const char *name;
	int (*make)(struct image_ctx *ctx, const struct tree *t, const char *path);
} kinds[] = {
	[SQUASH_SQUASHFS] = {"squashfs", make_squashfs},
	[SQUASH_EROFS] = {"erofs", make_erofs},
};

/* It would stay in the cache. */
static int check_written(const char *name, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		return 0;
	return say_error("the tool for %s has written nothing", name);
}

const char *squash_image(struct image_ctx *ctx, const struct tree *t, enum squash_kind kind)
{
	struct arena *a = ctx->arena;
	uint8_t sum[32];
	char hex[65], *path, *tmp;
	int fd;

	tree_digest(t, sum);
	sha256_hex(sum, hex);
	path = cache_path(a, "root", arena_printf(a, "%s.%s" FORMAT, hex, kinds[kind].name));
	if (!path)
		return NULL;
	if (cache_has(path))
		return path;
	say_progress("compressing the root (%s)", kinds[kind].name);
	fd = cache_begin(a, path, &tmp);
	if (fd < 0)
		return NULL;
	if (kinds[kind].make(ctx, t, tmp) < 0 || check_written(kinds[kind].name, fd) < 0) {
		cache_abort(fd, tmp);
		return NULL;
	}
	return cache_commit_summed(a, fd, tmp, path) < 0 ? NULL : path;
}
