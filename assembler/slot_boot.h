/*
 * The boot files of a slot: no hash tree covers them, but the slot's manifest has their sums
 * (slot(5)).  On a disk they lie in a FAT partition of the slot's own, boot-a or boot-b, or in the
 * folder a/ or b/ of the one called boot.
 */
#pragma once

#include "slot_disk.h"
#include "tree.h"

/*
 * What is not as the manifest has it: a file that is another one, that is not there, or that is
 * there and not named.  All of it in one line; NULL: nothing.  `folder` is "" or ends with a slash.
 * Pure.
 */
const char *slot_boot_differs(
	struct arena *a, const struct tree *files, const char *folder, const struct manifest *m);

/*
 * The same for the files on the disk of the slot in partition p.  What cannot be read was said
 * besides, and counts as a difference.
 */
const char *slot_boot_check(struct arena *a, const struct slot_disk *d, const struct table_part *p,
	const struct manifest *m);
