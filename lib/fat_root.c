#include "fat_root.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "little.h"

/* Offsets in the first sector. */
enum {
	BYTES_PER_SECTOR = 11,
	CLUSTER_SECTORS = 13,
	RESERVED = 14,
	TABLES = 16,
	ROOT_ENTRIES = 17,
	SECTORS_16 = 19,
	TABLE_SECTORS_16 = 22,
	SECTORS_32 = 32,
	TABLE_SECTORS_32 = 36,
	ROOT_CLUSTER = 44,
	SIGNATURE = 510,
};

/* … and in an entry of a folder. */
enum {
	ENTRY = 32,
	NAME = 11,
	ATTRIBUTES = 11,
	CLUSTER_HIGH = 20,
	CLUSTER_LOW = 26,
	SIZE = 28,
	NO_FILE = 0x08 | 0x10, /* a volume's label, a part of a long name; a folder */
};

enum {
	FAT32_CLUSTERS = 65525, /* from this many on */
	FIRST_CLUSTER = 2,
	CLUSTER_MASK = 0x0fffffff,
	ROOT_CLUSTERS_MAX = 4096, /* a chain that bites its tail ends here */
};

struct fat {
	table_source *read;
	void *ctx;
	uint64_t table, root, data; /* sectors of the disk */
	unsigned root_sectors, cluster_sectors;
	uint32_t clusters, root_cluster; /* FAT32: else 0 */
	uint8_t sector[TABLE_SECTOR];
};

static int read_head(struct fat *f, uint64_t first)
{
	const uint8_t *s = f->sector;
	const int r = f->read(f->ctx, first, f->sector, 1);
	uint64_t tables, sectors, front;

	if (r < 0)
		return r;
	f->cluster_sectors = s[CLUSTER_SECTORS];
	if (get16(s + SIGNATURE) != 0xaa55 || get16(s + BYTES_PER_SECTOR) != TABLE_SECTOR ||
		f->cluster_sectors == 0)
		return -EBADMSG;
	tables = (uint64_t)s[TABLES] * (get16(s + TABLE_SECTORS_16) ? get16(s + TABLE_SECTORS_16)
								    : get32(s + TABLE_SECTORS_32));
	sectors = get16(s + SECTORS_16) ? get16(s + SECTORS_16) : get32(s + SECTORS_32);
	f->root_sectors = (get16(s + ROOT_ENTRIES) * ENTRY + TABLE_SECTOR - 1) / TABLE_SECTOR;
	front = get16(s + RESERVED) + tables + f->root_sectors;
	if (tables == 0 || sectors <= front)
		return -EBADMSG;
	f->clusters = (uint32_t)((sectors - front) / f->cluster_sectors);
	f->table = first + get16(s + RESERVED);
	f->root = f->table + tables;
	f->data = first + front;
	f->root_cluster =
		f->clusters >= FAT32_CLUSTERS ? get32(s + ROOT_CLUSTER) & CLUSTER_MASK : 0;
	return 0;
}

static bool is_cluster(const struct fat *f, uint32_t cluster)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < f->clusters;
}

static uint64_t sector_of(const struct fat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - FIRST_CLUSTER) * f->cluster_sectors;
}

/* "autoboot.txt" → "AUTOBOOTTXT" */
static bool packed_name(const char *name, char ret[NAME])
{
	const char *dot = strchr(name, '.');
	const size_t stem = dot ? (size_t)(dot - name) : strlen(name);
	const size_t end = dot ? strlen(dot + 1) : 0;

	if (stem == 0 || stem > 8 || end > 3)
		return false;
	memset(ret, ' ', NAME);
	for (size_t i = 0; i < stem; i++)
		ret[i] = (char)toupper((unsigned char)name[i]);
	for (size_t i = 0; i < end; i++)
		ret[8 + i] = (char)toupper((unsigned char)dot[1 + i]);
	return true;
}

/* 1: found; 0: not among these; -ENOENT: not there at all; or -errno. */
static int look(struct fat *f, uint64_t sector, unsigned sectors, const char *name, uint64_t *ret)
{
	for (unsigned i = 0; i < sectors; i++) {
		const int r = f->read(f->ctx, sector + i, f->sector, 1);

		if (r < 0)
			return r;
		for (const uint8_t *e = f->sector; e < f->sector + TABLE_SECTOR; e += ENTRY) {
			const uint32_t cluster =
				(uint32_t)get16(e + CLUSTER_HIGH) << 16 | get16(e + CLUSTER_LOW);

			if (e[0] == 0)
				return -ENOENT;
			if ((e[ATTRIBUTES] & NO_FILE) || memcmp(e, name, NAME) != 0)
				continue;
			if (!is_cluster(f, cluster) || get32(e + SIZE) == 0)
				return -EBADMSG;
			*ret = sector_of(f, cluster);
			return 1;
		}
	}
	return 0;
}

/* Of a FAT32. */
static int next_cluster(struct fat *f, uint32_t *cluster)
{
	const uint32_t per_sector = TABLE_SECTOR / 4;
	const int r = f->read(f->ctx, f->table + *cluster / per_sector, f->sector, 1);

	if (r == 0)
		*cluster = get32(f->sector + *cluster % per_sector * 4) & CLUSTER_MASK;
	return r;
}

static int look_through_chain(struct fat *f, const char *name, uint64_t *ret)
{
	uint32_t cluster = f->root_cluster;
	int r = 0;

	for (int i = 0; r == 0 && i < ROOT_CLUSTERS_MAX && is_cluster(f, cluster); i++) {
		r = look(f, sector_of(f, cluster), f->cluster_sectors, name, ret);
		if (r == 0)
			r = next_cluster(f, &cluster);
	}
	return r;
}

int fat_root_find(
	table_source *read, void *ctx, uint64_t first, const char *name, uint64_t *ret_sector)
{
	struct fat f = {.read = read, .ctx = ctx};
	char packed[NAME];
	int r;

	if (!packed_name(name, packed))
		return -ENOENT;
	r = read_head(&f, first);
	if (r == 0)
		r = f.root_cluster ? look_through_chain(&f, packed, ret_sector)
				   : look(&f, f.root, f.root_sectors, packed, ret_sector);
	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}
