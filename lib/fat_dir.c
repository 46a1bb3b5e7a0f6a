#include "fat_dir.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	PER_SECTOR = FAT_SECTOR / FAT_ENTRY,
	SECTORS_MOST = 65536 / PER_SECTOR, /* of a folder: it has 65536 entries at the most */
	LAST = 0x00,                       /* the first byte of the entry behind the last one */
	ATTRIBUTES = 11,
	NO_FILE = 0x08 | 0x10, /* a volume's name, a piece of a long name, a folder */
	FIRST_CLUSTER = 2,
};

/* Where the root folder is: one piece of the disk, or with FAT32 a chain of clusters. */
struct fat {
	fat_read *read;
	void *ctx;
	uint64_t root, table, data; /* bytes */
	uint32_t root_sectors;      /* 0: a chain */
	uint32_t cluster;           /* its first one */
	uint32_t cluster_bytes;
};

bool fat_name(const char *name, char ret[FAT_NAME])
{
	const char *dot = strchr(name, '.');
	size_t base = dot ? (size_t)(dot - name) : strlen(name), end = dot ? strlen(dot + 1) : 0;

	if (base < 1 || base > 8 || end > 3 || (dot && end == 0))
		return false;
	memset(ret, ' ', FAT_NAME);
	for (size_t i = 0; name[i]; i++) {
		char c = name[i];

		if (dot && i == base)
			continue;
		if (!isalnum((unsigned char)c) && c != '-' && c != '_')
			return false;
		ret[i < base ? i : 8 + i - base - 1] = (char)toupper((unsigned char)c);
	}
	return true;
}

static uint32_t number(const uint8_t *at, size_t bytes)
{
	uint32_t v = 0;

	for (size_t i = bytes; i > 0; i--)
		v = v << 8 | at[i - 1];
	return v;
}

/* The boot sector's fields by their offsets. */
static int open_fat(struct fat *f)
{
	uint8_t b[FAT_SECTOR];
	int r = f->read(f->ctx, 0, b, sizeof(b));
	uint32_t sector = number(b + 11, 2), per_cluster = b[13], reserved = number(b + 14, 2);
	uint32_t entries = number(b + 17, 2), size = number(b + 22, 2);

	if (r < 0)
		return r;
	if (number(b + 510, 2) != 0xaa55 || sector < FAT_SECTOR || sector > 4096 ||
		(sector & (sector - 1)) || !per_cluster || !reserved || !b[16])
		return -EINVAL;
	if (!size)
		size = number(b + 36, 4);
	f->table = (uint64_t)reserved * sector;
	f->root = f->data = f->table + (uint64_t)b[16] * size * sector;
	f->root_sectors = (entries + PER_SECTOR - 1) / PER_SECTOR;
	f->cluster = number(b + 44, 4);
	f->cluster_bytes = per_cluster * sector;
	return size ? 0 : -EINVAL;
}

/* 1: found; 0: read on; -ENOENT: behind the last one. */
static int look(struct fat *f, uint64_t at, const char name[FAT_NAME], uint8_t ret[FAT_ENTRY])
{
	uint8_t sector[FAT_SECTOR];
	int r = f->read(f->ctx, at, sector, sizeof(sector));

	for (size_t i = 0; r == 0 && i < PER_SECTOR; i++) {
		const uint8_t *e = sector + i * FAT_ENTRY;

		if (e[0] == LAST)
			return -ENOENT;
		if (memcmp(e, name, FAT_NAME) != 0 || (e[ATTRIBUTES] & NO_FILE))
			continue;
		memcpy(ret, e, FAT_ENTRY);
		return 1;
	}
	return r;
}

static int look_through(struct fat *f, uint64_t at, uint32_t sectors, const char name[FAT_NAME],
	uint8_t ret[FAT_ENTRY])
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < sectors; i++)
		r = look(f, at + (uint64_t)i * FAT_SECTOR, name, ret);
	return r;
}

static int next_cluster(struct fat *f, uint32_t *cluster)
{
	uint8_t v[4];
	int r = f->read(f->ctx, f->table + (uint64_t)*cluster * sizeof(v), v, sizeof(v));

	*cluster = number(v, sizeof(v)) & 0x0fffffff;
	return r;
}

/* A chain that never ends is a damaged one. */
static int look_through_chain(struct fat *f, const char name[FAT_NAME], uint8_t ret[FAT_ENTRY])
{
	const uint32_t sectors = f->cluster_bytes / FAT_SECTOR;
	uint32_t c = f->cluster;
	int r = 0;

	for (uint32_t done = 0; r == 0 && c < 0x0ffffff8; done += sectors) {
		if (c < FIRST_CLUSTER || done >= SECTORS_MOST)
			return -EINVAL;
		r = look_through(f, f->data + (uint64_t)(c - FIRST_CLUSTER) * f->cluster_bytes,
			sectors, name, ret);
		if (r == 0)
			r = next_cluster(f, &c);
	}
	return r;
}

int fat_find(fat_read *read, void *ctx, const char name[FAT_NAME], uint8_t ret[FAT_ENTRY])
{
	struct fat f = {.read = read, .ctx = ctx};
	int r = open_fat(&f);

	if (r == 0 && f.root_sectors)
		r = look_through(&f, f.root, f.root_sectors, name, ret);
	else if (r == 0)
		r = look_through_chain(&f, name, ret);
	return r == -ENOENT ? 0 : r;
}
