/*
 * What the partitions of a disk are called.  A GPT says it; an MBR has no names, but nanny's disks
 * of that kind, known by their record of slots, are all laid out alike (disk_image.c).  Pure.
 */
#pragma once

#include <stdbool.h>

#include "../lib/slot_record.h"
#include "../lib/table.h"

/* "" when it is not known. */
const char *disk_part_name(const struct table *t, const struct table_part *p, bool has_record);
/* NULL: there is none. */
const struct table_part *disk_part_find(const struct table *t, const char *name, bool has_record);
/* Of a partition that belongs to one slot: 'a' or 'b'; else NUL. */
char disk_part_slot(const char *name);
