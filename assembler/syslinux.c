#include "syslinux.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "pinned.h"
#include "tool.h"

enum {
	MBR_CODE = 440, /* what of the first sector is program */
};

int syslinux_install(struct product *p, const char *path, off_t start)
{
	const char *const argv[] = {"syslinux", "--install", "--offset",
		arena_printf(p->arena, "%jd", (intmax_t)start), path, NULL};
	const struct tool tool = {.argv = argv, .date = p->date};

	return tool_run(p->arena, &tool);
}

int syslinux_write_mbr(struct product *p, const char *path, int fd)
{
	struct tree *t = tree_new();
	char code[MBR_CODE] = "";
	int r = pinned_file(
		p->ctx, "syslinux-common", "amd64", "usr/lib/syslinux/mbr/mbr.bin", t, "mbr");

	if (r >= 0)
		r = (int)tree_read(t, tree_get(t, "mbr"), code, sizeof(code), 0);
	tree_free(t);
	if (r < 0)
		return -1;
	return pwrite(fd, code, sizeof(code), 0) == sizeof(code)
		       ? 0
		       : say_error("%s: %s", path, strerror(errno));
}
