/*
 * A BIOS: each slot is a FAT partition with syslinux, kernel, initrd and command line.  The program
 * in the disk's first sector starts the active one of an MBR's partitions; the board's table is a
 * hybrid, whose MBR has one besides the GPT's own, and that is the slot's.  So a slot is chosen by
 * the write of one sector (init/active.h).
 *
 * The files are the same in both slots, as an update writes them into either: which one was started
 * that same sector tells.
 */
#include "boot.h"

#include "parts.h"
#include "syslinux.h"

/* SERIAL: syslinux says what it does where the kernel does.  No key stops it. */
static const char config[] = "SERIAL 0 115200\n"
			     "NOESCAPE 1\n"
			     "DEFAULT slot\n"
			     "LABEL slot\n"
			     "    KERNEL /kernel\n"
			     "    INITRD /initrd.img\n"
			     "    APPEND %s %s\n";

static int fill(struct boot_disk *d)
{
	struct product *p = d->p;
	const char *kernel = product_part(p, part_kernel);
	const char *initrd = boot_initrd(d);

	if (!kernel || !initrd || boot_put_file(d->slot[0], "kernel", kernel) < 0 ||
		boot_put_file(d->slot[0], "initrd.img", initrd) < 0)
		return -1;
	return boot_put_text(d->slot[0], "syslinux.cfg",
		arena_printf(p->arena, config, p->cmdline, boot_any_arguments(d)));
}

const struct boot boot_syslinux = {
	.name = "syslinux",
	.wants_hybrid = true,
	.packages = {SYSLINUX_PACKAGE},
	.fill = fill,
	.install = syslinux_install,
	.finish = syslinux_write_mbr,
};
