#include "pi_boot.h"

#include <errno.h>
#include <string.h>

#include "../lib/autoboot.h"
#include "../lib/vfat.h"
#include "partition.h"

static int find(int disk, const struct table *t, uint64_t *ret_sector)
{
	static struct vfat v;
	struct vfat_file file;
	int r = t->n ? vfat_open(&v, partition_read_sectors, &disk, t->part[0].first) : -ENOENT;

	if (r == 0)
		r = vfat_find(&v, AUTOBOOT_FILE, &file);
	if (r == 0 && (file.is_folder || file.size == 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_sector = vfat_first_sector(&v, &file);
	return r;
}

bool pi_boot_is_here(int disk, const struct table *t)
{
	uint64_t sector;

	return find(disk, t, &sector) == 0;
}

int pi_boot_follow(int disk, const struct table *t, struct slots_wish wish)
{
	uint8_t file[TABLE_SECTOR];
	char text[AUTOBOOT_TEXT], now;
	uint64_t sector;
	int r = find(disk, t, &sector);

	if (r == 0)
		r = partition_read_sectors(&disk, sector, file, 1);
	if (r < 0)
		return r;
	now = autoboot_slot(file);
	if (!now)
		return -EBADMSG;
	if (now == wish.next)
		return 0;
	autoboot_text(wish.next, text);
	memcpy(file, text, strlen(text));
	return partition_write_sector(disk, sector, file);
}
