#include "syslinux.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "pinned.h"
#include "tool.h"

enum {
	MBR_CODE = 440, /* what of the first sector is program */
};

static int unpack(struct product *p, const char *path, struct tree *to)
{
	return pinned_file(p->ctx, SYSLINUX_PACKAGE, "amd64", path, to, "it");
}

/* In memory: a folder need not allow that what lies there is run. */
static int open_installer(struct product *p)
{
	struct tree *t = tree_new();
	int fd = -1, r = unpack(p, "usr/bin/syslinux", t);

	if (r >= 0) {
		fd = memfd_create("syslinux", MFD_CLOEXEC);
		r = fd < 0 ? -errno : io_write_inode(fd, t, tree_get(t, "it"));
		if (r < 0)
			(void)say_error("cannot run syslinux: %s", strerror(-r));
	}
	tree_free(t);
	if (r < 0 && fd >= 0)
		(void)close(fd);
	return r < 0 ? -1 : fd;
}

int syslinux_install(void *ctx, const char *path, off_t at)
{
	struct product *p = ctx;
	const int fd = open_installer(p);
	const char *const argv[] = {"syslinux", "--install", "--offset",
		arena_printf(p->arena, "%jd", (intmax_t)at), path, NULL};
	const struct tool tool = {.argv = argv,
		.file = arena_printf(p->arena, "/proc/%d/fd/%d", (int)getpid(), fd),
		.date = p->date};
	int r = fd < 0 ? -1 : tool_run(p->arena, &tool);

	if (fd >= 0)
		(void)close(fd);
	return r;
}

int syslinux_write_mbr(struct product *p, const char *path, int fd)
{
	struct tree *t = tree_new();
	char code[MBR_CODE] = "";
	int r = unpack(p, "usr/lib/SYSLINUX/mbr.bin", t);

	if (r >= 0)
		r = (int)tree_read(t, tree_get(t, "it"), code, sizeof(code), 0);
	tree_free(t);
	if (r < 0)
		return -1;
	return pwrite(fd, code, sizeof(code), 0) == sizeof(code)
		       ? 0
		       : say_error("%s: %s", path, strerror(errno));
}
