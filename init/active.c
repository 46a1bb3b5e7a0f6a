#include "active.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "partition.h"
#include "slot_name.h"

static char active_slot(const struct table *t)
{
	const struct table_part *p = table_active(t);

	return p ? slot_of_boot(p->name) : '\0';
}

char active_started_slot(int wait_ms)
{
	static struct table t;
	struct partition p;
	char slot = '\0';
	int fd;

	if (partition_find("PARTLABEL=" SLOT_BOOT "a", wait_ms, &p) < 0 || !p.disk[0])
		return '\0';
	fd = open(p.disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '\0';
	if (partition_read_table(fd, &t) == 0)
		slot = active_slot(&t);
	(void)close(fd);
	return slot;
}

bool active_is_here(int disk, const struct table *t)
{
	(void)disk;
	return active_slot(t) != '\0';
}

int active_follow(int disk, const struct table *t, struct slots_wish wish)
{
	const struct table_part *p = slot_boot_part(t, wish.next);
	uint8_t mbr[TABLE_SECTOR];

	if (active_slot(t) == wish.next)
		return 0;
	if (!p)
		return -ENOENT;
	return table_activate(t, p, mbr) ? partition_write_sector(disk, 0, mbr) : -EOPNOTSUPP;
}
