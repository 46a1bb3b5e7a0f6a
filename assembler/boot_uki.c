/*
 * EFI alone: each slot is an ESP with one program at the place where firmware looks on any disk,
 * the kernel with its initrd and command line (a unified kernel image).  Firmware takes the first
 * disk partition that has one, or the one that BootNext or BootOrder names.
 *
 * The program is the same in both slots, as an update writes it into either: which one it was
 * started from the firmware tells (init/seal.h).
 */
#include "boot.h"

#include <string.h>

#include "parts.h"

static int fill(struct boot_disk *d)
{
	struct product *p = d->p;
	const char *uki;
	const char *name =
		strcmp(p->ctx->board->machine, "x86_64") == 0 ? "BOOTX64.EFI" : "BOOTAA64.EFI";

	p->slot_arguments = boot_any_arguments(d);
	uki = product_part(p, part_sealed_uki);
	if (!uki)
		return -1;
	return boot_put_file(d->slot[0], arena_printf(p->arena, "EFI/BOOT/%s", name), uki);
}

const struct boot boot_uki = {
	.name = "uki",
	.type = "U",
	.packages = {"systemd-boot-efi"},
	.fill = fill,
};
