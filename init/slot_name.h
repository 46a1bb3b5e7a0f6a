/*
 * The partitions of a disk with slots: "boot-a", "system-a", "boot-b", "system-b".  An MBR has no
 * names: the first one has the boot files of both, behind it are the systems a and b.
 */
#pragma once

#include "../lib/table.h"

#define SLOT_BOOT   "boot-"
#define SLOT_SYSTEM "system-"

char slot_other(char slot);
/* "boot-a" → 'a'; NUL when it is no such name. */
char slot_of_boot(const char *name);
/* NULL when there is none. */
const struct table_part *slot_boot_part(const struct table *t, char slot);
const struct table_part *slot_system_part(const struct table *t, char slot);
