#include "active.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "partition.h"

#define BOOT "boot-"

static char slot_of(const struct table_part *p)
{
	if (!p)
		return '\0';
	return strcmp(p->name, BOOT "a") == 0 ? 'a' : strcmp(p->name, BOOT "b") == 0 ? 'b' : '\0';
}

static char active_slot(int disk)
{
	static struct table t;

	return partition_read_table(disk, &t) == 0 ? slot_of(table_active(&t)) : '\0';
}

char active_started_slot(int wait_ms)
{
	struct partition p;
	char slot;
	int fd;

	if (partition_find("PARTLABEL=" BOOT "a", wait_ms, &p) < 0 || !p.disk[0])
		return '\0';
	fd = open(p.disk, O_RDONLY | O_CLOEXEC);
	slot = fd < 0 ? '\0' : active_slot(fd);
	if (fd >= 0)
		(void)close(fd);
	return slot;
}

/* Read again: it is on the disk, or it is an error. */
static int write_first_sector(int disk, const uint8_t mbr[TABLE_SECTOR])
{
	uint8_t again[TABLE_SECTOR];

	if (pwrite(disk, mbr, TABLE_SECTOR, 0) != TABLE_SECTOR)
		return errno ? -errno : -EIO;
	if (fsync(disk) < 0)
		return -errno;
	if (posix_fadvise(disk, 0, TABLE_SECTOR, POSIX_FADV_DONTNEED) != 0 ||
		pread(disk, again, TABLE_SECTOR, 0) != TABLE_SECTOR ||
		memcmp(again, mbr, TABLE_SECTOR) != 0)
		return -EIO;
	return 0;
}

int active_follow(int disk, char slot)
{
	static struct table t;
	uint8_t mbr[TABLE_SECTOR];
	char active = partition_read_table(disk, &t) == 0 ? slot_of(table_active(&t)) : '\0';

	if (!active || active == slot)
		return 0;
	for (size_t i = 0; i < t.n; i++)
		if (slot_of(&t.part[i]) == slot)
			return table_activate(&t, &t.part[i], mbr) ? write_first_sector(disk, mbr)
								   : -EOPNOTSUPP;
	return -ENOENT;
}
