/*
 * Disks that firmware boots: a BIOS through syslinux on a FAT partition, an EFI through a unified
 * kernel image on an ESP.
 */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fat.h"
#include "io.h"
#include "mem.h"
#include "partition.h"
#include "pe.h"
#include "pinned.h"
#include "sha256.h"
#include "syslinux.h"

enum {
	MIB = 1 << 20,
};

static int put_part(struct product *p, struct tree *t, const char *name, product_make *make)
{
	const char *part = product_part(p, make);
	int fd = part ? open(part, O_RDONLY | O_CLOEXEC) : -1, r;

	if (fd < 0)
		return part ? say_error("%s: %s", part, strerror(errno)) : -1;
	r = tree_put_fd(t, name, 0644, fd);
	(void)close(fd);
	return r < 0 ? say_error("%s: %s", name, strerror(-r)) : 0;
}

int part_boot_files(struct product *p, struct tree *t, const char *cfg, const char *folder)
{
	const char *text = arena_printf(p->arena,
		"DEFAULT linux\nLABEL linux\n    KERNEL /kernel\n    INITRD /initrd.img\n    "
		"APPEND %s\n",
		p->cmdline);
	int r;

	if (put_part(p, t, "kernel", part_kernel) < 0 ||
		put_part(p, t, "initrd.img", part_initrd) < 0)
		return -1;
	r = tree_put_file(t, arena_printf(p->arena, "%s%s", folder, cfg), 0644, text, strlen(text));
	return r < 0 ? say_error("%s: %s", cfg, strerror(-r)) : 0;
}

/* What identifiers are made of: the same system, the same ones. */
static const char *seed(struct product *p)
{
	char hex[65];
	uint8_t sum[32];

	tree_digest(p->layout->merged, sum);
	sha256_hex(sum, hex);
	return arena_printf(p->arena, "%s %s", hex, p->cmdline);
}

/* --size, or as small as it can be; the partition gets what there is. */
static int choose_size(struct product *p, struct partition *part, off_t *ret)
{
	off_t least = partition_plan(part, 1);

	*ret = p->size ? p->size : least;
	if (*ret < least) {
		diag_error(p->ctx->diag, (struct mark){"--size", 0, 0},
			"what goes on the disk needs %jd MiB, and the disk is to have %jd",
			(intmax_t)(least / MIB), (intmax_t)(*ret / MIB));
		return -1;
	}
	part->size += (*ret - least) / MIB * MIB;
	return 0;
}

/* A disk with one partition, and in it what the tree holds. */
static int write_disk(struct product *p, const char *path, int fd, const struct tree *t,
	enum partition_table kind, struct partition *part, fat_begin *begin)
{
	const char *id = seed(p);
	const struct fat fat = {.arena = p->arena,
		.date = p->date,
		.id = partition_id(id, "fat"),
		.label = "NANNY",
		.begin = begin,
		.ctx = p};
	off_t size;

	part->size = fat_size(t) + MIB; /* and for a boot loader's own files */
	if (choose_size(p, part, &size) < 0)
		return -1;
	if (ftruncate(fd, size) < 0)
		return say_error("%s: %s", path, strerror(errno));
	if (partition_write(p->arena, p->date, path, kind, id, part, 1) < 0)
		return -1;
	return fat_write(&fat, t, path, part->start, part->size);
}

int part_bios_disk(struct product *p, const char *path, int fd)
{
	struct partition part = {.type = "c", .is_active = true};
	struct tree *t = tree_new();
	int r = part_boot_files(p, t, "syslinux.cfg", "");

	if (r >= 0)
		r = write_disk(p, path, fd, t, PARTITION_MBR, &part, syslinux_install);
	if (r >= 0)
		r = syslinux_write_mbr(p, path, fd);
	tree_free(t);
	return r;
}

int part_aws(struct product *p, const char *path, int fd)
{
	return part_bios_disk(p, path, fd);
}

struct efi {
	const char *machine, *stub, *name;
};

static const struct efi efis[] = {
	{"x86_64", "linuxx64.efi.stub", "BOOTX64.EFI"},
	{"aarch64", "linuxaa64.efi.stub", "BOOTAA64.EFI"},
};

static const struct efi *efi_of(const struct product *p)
{
	for (size_t i = 0; i < sizeof(efis) / sizeof(efis[0]); i++)
		if (strcmp(efis[i].machine, p->ctx->board->machine) == 0)
			return &efis[i];
	(void)say_error("there is no EFI stub for %s", p->ctx->board->machine);
	return NULL;
}

static int write_uki(struct product *p, int fd, product_make *initrd, const char *cmdline)
{
	const struct efi *efi = efi_of(p);
	const struct pe_section sections[] = {
		{".osrel", NULL, "ID=nanny\nNAME=nanny\nPRETTY_NAME=nanny\n"},
		{".cmdline", NULL, cmdline},
		{".initrd", product_part(p, initrd), NULL},
		{".linux", product_part(p, part_kernel), NULL},
	};
	struct tree *t;
	const struct tree_inode *f;
	void *stub;
	int r;

	if (!efi || !sections[2].path || !sections[3].path)
		return -1;
	t = tree_new();
	r = pinned_file(p->ctx, "systemd-boot-efi", p->ctx->board->arch,
		arena_printf(p->arena, "usr/lib/systemd/boot/efi/%s", efi->stub), t, "stub");
	f = r < 0 ? NULL : tree_get(t, "stub");
	if (f) {
		stub = mem_new((size_t)f->size);
		r = tree_read(t, f, stub, (size_t)f->size, 0) == f->size
			    ? pe_write(fd, stub, (size_t)f->size, sections,
				      sizeof(sections) / sizeof(sections[0]))
			    : say_error("%s: cannot be read", efi->stub);
		free(stub);
	}
	tree_free(t);
	return r;
}

int part_uki(struct product *p, const char *path, int fd)
{
	(void)path;
	return write_uki(p, fd, part_initrd, p->cmdline);
}

int part_sealed_uki(struct product *p, const char *path, int fd)
{
	(void)path;
	return write_uki(p, fd, part_sealed_initrd,
		arena_printf(p->arena, "%s %s", p->cmdline, p->slot_arguments));
}

/* Firmware looks for this name on any disk. */
static int put_esp(struct product *p, struct tree *t)
{
	const struct efi *efi = efi_of(p);

	return efi ? put_part(p, t, arena_printf(p->arena, "EFI/BOOT/%s", efi->name), part_uki)
		   : -1;
}

int part_efi_disk(struct product *p, const char *path, int fd)
{
	struct partition part = {.type = "U", .name = "boot"};
	struct tree *t = tree_new();
	int r = put_esp(p, t);

	if (r >= 0)
		r = write_disk(p, path, fd, t, PARTITION_GPT, &part, NULL);
	tree_free(t);
	return r;
}

int part_esp(struct product *p, const char *path, int fd)
{
	struct tree *t = tree_new();
	const struct fat fat = {.arena = p->arena,
		.date = p->date,
		.id = partition_id(seed(p), "fat"),
		.label = "NANNY"};
	int r = put_esp(p, t);

	(void)fd;
	if (r >= 0)
		r = fat_write(&fat, t, path, 0, fat_size(t));
	tree_free(t);
	return r;
}
