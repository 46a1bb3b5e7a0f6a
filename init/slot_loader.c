#include "slot_loader.h"

#include "active.h"
#include "efi_boot.h"
#include "pi_boot.h"

/* U-Boot's script, and whoever else can. */
static bool is_any(int disk, const struct table *t)
{
	(void)disk;
	(void)t;
	return true;
}

static int reads_the_record(int disk, const struct table *t, struct slots_wish wish)
{
	(void)disk;
	(void)t;
	(void)wish;
	return 0;
}

static const struct slot_loader loaders[] = {
	{"EFI", false, efi_boot_is_here, efi_boot_follow},
	{"BIOS", false, active_is_here, active_follow},
	{"Raspberry Pi", false, pi_boot_is_here, pi_boot_follow},
	{"U-Boot", true, is_any, reads_the_record},
};

const struct slot_loader *slot_loader_find(int disk, const struct table *t)
{
	const struct slot_loader *l = loaders;

	while (!l->is_here(disk, t))
		l++;
	return l;
}
