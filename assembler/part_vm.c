/* Disks as virtual machines want them, by qemu-img, without what it draws by lot. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partition.h"
#include "tool.h"

static int convert(struct product *p, product_make *disk, const char *kind, const char *options,
	const char *path)
{
	const char *from = product_part(p, disk);
	const char *const argv[] = {
		"qemu-img", "convert", "-f", "raw", "-O", kind, "-o", options, from, path, NULL};
	const struct tool tool = {.argv = argv, .date = p->date};

	return from ? tool_run(p->arena, &tool) : -1;
}

int part_bios_qcow2(struct product *p, const char *path, int fd)
{
	(void)fd;
	return convert(p, part_bios_disk, "qcow2", "compat=1.1", path);
}

int part_efi_qcow2(struct product *p, const char *path, int fd)
{
	(void)fd;
	return convert(p, part_efi_disk, "qcow2", "compat=1.1", path);
}

static int failed(const char *path)
{
	return say_error(
		"%s: %s", path, errno ? strerror(errno) : "not what qemu-img should write");
}

/* The descriptor is text in the second sector; its CID tells a disk from its later states. */
int part_vmdk(struct product *p, const char *path, int fd)
{
	static const char key[] = "CID=";
	char text[1024], id[9];
	size_t digits, behind;
	char *at;

	if (convert(p, part_bios_disk, "vmdk",
		    "adapter_type=lsilogic,subformat=streamOptimized,compat6", path) < 0)
		return -1;
	errno = 0;
	if (pread(fd, text, sizeof(text) - 1, 512) != sizeof(text) - 1)
		return failed(path);
	text[sizeof(text) - 1] = '\0';
	at = strstr(text, key);
	if (!at)
		return failed(path);
	at += sizeof(key) - 1;
	/* It is written without leading zeros; NULs are behind the text. */
	digits = strspn(at, "0123456789abcdef");
	behind = strlen(at + digits) + 1;
	if (digits > 8 || at + 8 + behind > text + sizeof(text) - 1)
		return failed(path);
	memmove(at + 8, at + digits, behind);
	(void)snprintf(id, sizeof(id), "%08" PRIx32, partition_id(p->cmdline, "vmdk"));
	memcpy(at, id, 8);
	return pwrite(fd, text, sizeof(text) - 1, 512) == sizeof(text) - 1 ? 0 : failed(path);
}

enum {
	VHD_FOOTER = 512,
	VHD_TIME = 24, /* seconds since 2000, big-endian */
	VHD_SUM = 64,  /* the complement of the sum of all other bytes */
	VHD_UUID = 68,
};

static void put_big(uint8_t *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static int fix_footer(struct product *p, const char *path, int fd, off_t at)
{
	uint8_t f[VHD_FOOTER];
	uint32_t sum = 0;

	errno = 0;
	if (pread(fd, f, sizeof(f), at) != sizeof(f) || memcmp(f, "conectix", 8) != 0)
		return failed(path);
	put_big(f + VHD_TIME, 0);
	put_big(f + VHD_SUM, 0);
	for (uint32_t i = 0; i < 4; i++)
		put_big(f + VHD_UUID + 4 * i,
			partition_id(p->cmdline, arena_printf(p->arena, "vhd%" PRIu32, i)));
	for (size_t i = 0; i < sizeof(f); i++)
		sum += f[i];
	put_big(f + VHD_SUM, ~sum);
	return pwrite(fd, f, sizeof(f), at) == sizeof(f) ? 0 : failed(path);
}

/* A fixed one is the disk and a footer; a dynamic one has a copy of it at its beginning. */
static int write_vhd(struct product *p, const char *path, int fd, const char *options, bool twice)
{
	struct stat st;

	if (convert(p, part_bios_disk, "vpc", options, path) < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_size < 2 * VHD_FOOTER)
		return failed(path);
	if (fix_footer(p, path, fd, st.st_size - VHD_FOOTER) < 0)
		return -1;
	return twice ? fix_footer(p, path, fd, 0) : 0;
}

int part_vhd(struct product *p, const char *path, int fd)
{
	return write_vhd(p, path, fd, "subformat=fixed,force_size", false);
}

int part_dynamic_vhd(struct product *p, const char *path, int fd)
{
	return write_vhd(p, path, fd, "subformat=dynamic,force_size", true);
}
