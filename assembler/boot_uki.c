/*
 * EFI alone: each slot is an ESP with one program at the place where firmware looks on any disk,
 * the kernel with its initrd and command line (a unified kernel image).  Firmware takes the first
 * disk partition that has one, or the one that BootNext or BootOrder names.
 */
#include "boot.h"

#include <string.h>

#include "parts.h"

/* Its command line is inside of it, and says which slot it is. */
static int part_uki_a(struct product *p, const char *path, int fd)
{
	struct product own;

	if (!product_part(p, part_kernel) || !product_part(p, part_initrd))
		return -1;
	own = *p;
	own.cmdline = arena_printf(p->arena, "%s nanny.slot=a", p->cmdline);
	return part_uki(&own, path, fd);
}

static int fill(struct boot_disk *d)
{
	const char *uki = product_part(d->p, part_uki_a);
	const char *name =
		strcmp(d->p->ctx->board->machine, "x86_64") == 0 ? "BOOTX64.EFI" : "BOOTAA64.EFI";

	if (!uki)
		return -1;
	return boot_put_file(d->slot[0], arena_printf(d->p->arena, "EFI/BOOT/%s", name), uki);
}

const struct boot boot_uki = {
	.name = "uki",
	.type = "U",
	.fill = fill,
};
