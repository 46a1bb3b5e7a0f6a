/*
 * What brings a kernel from the disk into RAM: one row of boots[] for each way, a board names it.
 *
 * A slot's boot files are of the slot alone: kernel, initrd, device tree and command line go
 * forward and back together.  What is in front of the slots (a boot loader, the file that tells the
 * firmware which slot) is written once and never by an update.
 */
#pragma once

#include "fat.h"
#include "product.h"

/* The file systems of a disk before they are written. */
struct boot_disk {
	struct product *p;
	const struct tree *files; /* of the board's folder: firmware/, slot/ and raw/OFFSET */
	struct tree *firmware;    /* the partition in front of the slots' */
	struct tree *slot[2];     /* boot partitions of the slots a and b; b may be empty */
	/* As the kernel's command line names them, "PARTLABEL=system-a"; NULL: no such partitions,
	 * the system is in the initrd. */
	const char *system[2], *data;
};

struct boot {
	const char *name;
	bool has_firmware; /* a partition in front of the slots' */
	bool wants_hybrid; /* starts the partition that an MBR beside a GPT names */
	const char *type;  /* of the boot partitions in a GPT */
	const char *packages[LOADERS_OF_ONE]; /* whose bytes it puts on the disk */
	/* What the board's files do not have; 0, or -1: as product_make. */
	int (*fill)(struct boot_disk *d);
	/* Into each slot's boot partition, ahead of its files; ctx is the product.  NULL: nothing.
	 */
	fat_begin *install;
	/* After all file systems are written; NULL: nothing. */
	int (*finish)(struct product *p, const char *path, int fd);
};

/* NULL when there is none. */
const struct boot *boot_find(const char *name);
/* The kernel's, initrd's … file into a tree; 0, or -1 after say_error(). */
int boot_put_file(struct tree *t, const char *to, const char *path);
int boot_put_text(struct tree *t, const char *to, const char *text);
/* The board's device trees below "FOLDER/", named as board.yml has them; for "" the last names. */
int boot_put_device_trees(struct boot_disk *d, const char *folder);
/* What the kernel is told of slot 'a' or 'b': its root, its name, and where data is kept. */
const char *boot_arguments(const struct boot_disk *d, char slot);
/* The same for files that are the same in both slots: init finds out which one was started. */
const char *boot_any_arguments(const struct boot_disk *d);
/*
 * The files that install() puts into a boot partition of that size, for their sums: they hang on
 * nothing else.  0, or -1 after say_error().
 */
int boot_installed(struct product *p, const struct boot *b, uint64_t bytes, struct tree *to);
/* The slot's initrd: the first stage that opens a sealed root, or all of the system. */
const char *boot_initrd(struct boot_disk *d);

extern const struct boot boot_u_boot, boot_rpi_tryboot, boot_uki, boot_syslinux;
