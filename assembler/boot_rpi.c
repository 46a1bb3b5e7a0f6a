/*
 * Raspberry Pi firmware alone: autoboot.txt of the first partition says which partition's boot
 * files are started (lib/autoboot.h).
 */
#include "boot.h"

#include "../lib/autoboot.h"
#include "parts.h"

/* The board's config.txt chooses the file by the partition it is started from. */
static int put_cmdline(struct boot_disk *d, char slot)
{
	struct arena *a = d->p->arena;

	return boot_put_text(d->slot[0], arena_printf(a, "cmdline-%c.txt", slot),
		arena_printf(a, "%s %s\n", d->p->cmdline, boot_arguments(d, slot)));
}

static int fill(struct boot_disk *d)
{
	const char *kernel = product_part(d->p, part_kernel_packed);
	const char *initrd = boot_initrd(d);
	char autoboot[AUTOBOOT_TEXT];

	autoboot_text('a', autoboot);
	if (!kernel || !initrd || boot_put_text(d->firmware, AUTOBOOT_FILE, autoboot) < 0 ||
		boot_put_file(d->slot[0], "kernel8.img", kernel) < 0 ||
		boot_put_file(d->slot[0], "initrd.img", initrd) < 0 || put_cmdline(d, 'a') < 0 ||
		put_cmdline(d, 'b') < 0)
		return -1;
	return boot_put_device_trees(d, "");
}

const struct boot boot_rpi_tryboot = {
	.name = "rpi-tryboot",
	.has_firmware = true,
	.fill = fill,
};
