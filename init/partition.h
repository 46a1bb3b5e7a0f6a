/*
 * A partition by the name that the kernel's command line has for it, and its disk's table.
 * Helpers only: all of this may wait for a disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../lib/table.h"

enum {
	PARTITION_PATH = 64,
};

struct partition {
	char path[PARTITION_PATH]; /* "/dev/mmcblk0p4" */
	char disk[PARTITION_PATH]; /* "/dev/mmcblk0"; "" when it is no partition of a disk */
	unsigned number;           /* 4 */
	char name[TABLE_NAME];     /* "data"; "" in an MBR */
};

/*
 * "/dev/vda3", "PARTLABEL=data" or "PARTUUID=1b3c5d7f-03".  Waits as long for it; 0, or -ENODEV.
 */
int partition_find(const char *name, int wait_ms, struct partition *ret);
/* "/dev/mmcblk0p1" for the first one of its disk; false when it is no partition of a disk. */
bool partition_beside(const struct partition *p, unsigned number, char ret_path[PARTITION_PATH]);
/* Of an open disk; as table_read(). */
int partition_read_table(int fd, struct table *ret);
/* A table_source of an open disk: ctx points to its descriptor. */
int partition_read_sectors(void *ctx, uint64_t sector, void *buf, size_t n);
/*
 * One sector of an open disk, which the disk has when this returns: it is read again.  0 or -errno.
 */
int partition_write_sector(int fd, uint64_t sector, const uint8_t buf[TABLE_SECTOR]);
/*
 * To the end of its disk (table.h), and the kernel told.  1: it has grown; 0: it is as large as it
 * can be; or -errno, and nothing has changed but, maybe, the copy at the disk's end.
 */
int partition_grow(const struct partition *p);
