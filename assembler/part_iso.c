/*
 * ISO images: isolinux for a BIOS, an EFI partition for EFI.  Either also boots from a USB stick it
 * is copied to.
 */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "disk.h"
#include "pinned.h"
#include "tool.h"

static int set_date(void *ctx, const char *path, const struct tree_inode *f)
{
	(void)path;
	((struct tree_inode *)f)->mtime = *(int64_t *)ctx;
	return 0;
}

/* What goes into the ISO, as files in the folder of the parts. */
static const char *unpack(struct product *p, struct tree *t, const char *name)
{
	const char *dir = arena_printf(p->arena, "%s/%s", p->work, name);
	const struct timespec now[2] = {{.tv_sec = p->date}, {.tv_sec = p->date}};
	int64_t date = p->date;

	(void)tree_walk(t, set_date, &date);
	if (disk_write(t, dir) < 0)
		return NULL;
	/* The walk does not come to the root, and an ISO dates it, too. */
	if (utimensat(AT_FDCWD, dir, now, 0) < 0) {
		(void)say_error("%s: %s", dir, strerror(errno));
		return NULL;
	}
	return dir;
}

/* Owners and modes are the same whoever builds (-r), dates are the image's. */
static int run_xorriso(
	struct product *p, const char *const options[], size_t n, const char *path, const char *dir)
{
	static const char *const first[] = {
		"xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V", "NANNY"};
	const size_t n_first = sizeof(first) / sizeof(first[0]);
	const char **argv = arena_alloc(p->arena, (n_first + n + 4) * sizeof(*argv));
	const struct tool tool = {.argv = argv, .date = p->date};

	memcpy(argv, first, sizeof(first));
	memcpy(argv + n_first, options, n * sizeof(*argv));
	argv[n_first + n] = "-o";
	argv[n_first + n + 1] = path;
	argv[n_first + n + 2] = dir;
	return tool_run(p->arena, &tool);
}

static int put_isolinux(struct product *p, struct tree *t)
{
	if (pinned_file(p->ctx, "isolinux", "amd64", "usr/lib/ISOLINUX/isolinux.bin", t,
		    "isolinux/isolinux.bin") < 0)
		return -1;
	return pinned_file(p->ctx, "syslinux-common", "amd64",
		"usr/lib/syslinux/modules/bios/ldlinux.c32", t, "isolinux/ldlinux.c32");
}

/* The code that makes the ISO a disk, too, outside of the ISO's own files. */
static const char *unpack_mbr(struct product *p)
{
	struct tree *t = tree_new();
	const char *dir = NULL;

	if (pinned_file(p->ctx, "isolinux", "amd64", "usr/lib/ISOLINUX/isohdpfx.bin", t, "mbr") >=
		0)
		dir = unpack(p, t, "isohybrid");
	tree_free(t);
	return dir ? arena_printf(p->arena, "%s/mbr", dir) : NULL;
}

int part_bios_iso(struct product *p, const char *path, int fd)
{
	const char *mbr = unpack_mbr(p), *dir = NULL;
	const char *const options[] = {"-isohybrid-mbr", mbr, "-b", "isolinux/isolinux.bin", "-c",
		"isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"};
	struct tree *t;

	(void)fd;
	if (!mbr)
		return -1;
	t = tree_new();
	if (part_boot_files(p, t, "isolinux.cfg", "isolinux/") >= 0 && put_isolinux(p, t) >= 0)
		dir = unpack(p, t, "iso-bios");
	tree_free(t);
	return dir ? run_xorriso(p, options, sizeof(options) / sizeof(options[0]), path, dir) : -1;
}

int part_efi_iso(struct product *p, const char *path, int fd)
{
	const char *esp = product_part(p, part_esp), *dir;
	/* The partition is the boot image of the CD, so the kernel is in there once. */
	const char *const options[] = {"-append_partition", "2", "0xef", esp, "-e",
		"--interval:appended_partition_2:all::", "-no-emul-boot"};
	struct tree *t;
	int r;

	(void)fd;
	if (!esp)
		return -1;
	t = tree_new();
	r = tree_put_file(t, "cmdline", 0644, p->cmdline, strlen(p->cmdline));
	dir = r < 0 ? NULL : unpack(p, t, "iso-efi");
	tree_free(t);
	return dir ? run_xorriso(p, options, sizeof(options) / sizeof(options[0]), path, dir) : -1;
}

int part_efi_initrd_iso(struct product *p, const char *path, int fd)
{
	return part_efi_iso(p, path, fd);
}
