/*
 * The names of the partitions on a disk with slots: "boot-a", "system-a", "boot-b", "system-b".
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
