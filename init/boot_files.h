/*
 * The boot files of a slot against its manifest (slot(5), boot-sha256): read from the FAT of its
 * boot partition, or of its folder on a disk with an MBR.  Helpers and nannyctl: tens of megabytes
 * from a card.
 */
#pragma once

#include "../lib/manifest.h"
#include "../lib/table.h"

/*
 * 0: they are what was signed; -EBADMSG: one is not, and `ret` has its name; or -errno, of that
 * one, -ENOENT: it is missing.
 */
int boot_files_check(int disk, const struct table *t, char slot, const struct manifest *m,
	char ret[MANIFEST_NAME]);
