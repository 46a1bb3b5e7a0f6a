/*
 * Raspberry Pi firmware alone: autoboot.txt of the first partition says which partition's boot
 * files are started, and which ones at the one try that a reset with "tryboot" is.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html#autoboot-txt
 */
#include "boot.h"

#include "parts.h"

/* The firmware reads one sector of it.  Slots are the partitions 2 and 3. */
static const char autoboot[] = "[all]\n"
			       "tryboot_a_b=1\n"
			       "boot_partition=2\n"
			       "[tryboot]\n"
			       "boot_partition=3\n";

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

	if (!kernel || !initrd || boot_put_text(d->firmware, "autoboot.txt", autoboot) < 0 ||
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
