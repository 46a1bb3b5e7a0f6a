/*
 * Where a file of a FAT file system's root folder begins (Microsoft's "FAT: General Overview of
 * On-Disk Format" 1.03): FAT12, FAT16 and FAT32 with sectors of 512 bytes.  Pure.
 */
#pragma once

#include "table.h"

/*
 * `first`: the partition's first sector.  `name`: as in the folder, of at most 8 and 3 characters:
 * "autoboot.txt".  0 and the sector with the file's first byte; -ENOENT; -EBADMSG: no FAT file
 * system, or one that contradicts itself; or what the source said.
 */
int fat_root_find(
	table_source *read, void *ctx, uint64_t first, const char *name, uint64_t *ret_sector);
