#include "vfat.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

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

/* … in an entry of a folder … */
enum {
	ENTRY = 32,
	NAME = 11,
	STEM = 8,
	ATTRIBUTES = 11,
	MADE = 13,
	CLUSTER_HIGH = 20,
	WRITTEN = 22,
	CLUSTER_LOW = 26,
	SIZE = 28,
	LABEL = 0x08,
	FOLDER = 0x10,
	LONG_NAME = 0x0f,
	DELETED = 0xe5,
};

/* … and in one that is a part of a long name; the last part comes first. */
enum {
	LONG_NUMBER = 0,
	LONG_LAST = 0x40,
	LONG_CHARS = 13,
};

enum {
	FAT16_CLUSTERS = 4085, /* from this many on */
	FAT32_CLUSTERS = 65525,
	FIRST_CLUSTER = 2,
	FAT32_MASK = 0x0fffffff,
	FOLDER_CLUSTERS_MAX = 4096, /* a chain that bites its tail ends here */
};

bool vfat_is_plain_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const size_t stem = strspn(name, letters);
	const size_t end = name[stem] == '.' ? strspn(name + stem + 1, letters) : 0;

	if (stem < 1 || stem > STEM)
		return false;
	return !name[stem] || (end >= 1 && end <= NAME - STEM && !name[stem + 1 + end]);
}

static unsigned bits_of(uint32_t clusters)
{
	return clusters >= FAT32_CLUSTERS ? 32 : clusters >= FAT16_CLUSTERS ? 16 : 12;
}

int vfat_open(struct vfat *f, table_source *read, void *ctx, uint64_t first)
{
	const uint8_t *s = f->sector;
	uint64_t tables, sectors, front;
	int r;

	f->read = read;
	f->ctx = ctx;
	f->entry_at = 0;
	r = read(ctx, first, f->sector, 1);
	if (r < 0)
		return r;
	f->cluster_sectors = s[CLUSTER_SECTORS];
	if (get16(s + SIGNATURE) != 0xaa55 || get16(s + BYTES_PER_SECTOR) != TABLE_SECTOR ||
		f->cluster_sectors == 0 || f->cluster_sectors > VFAT_CLUSTER_MAX)
		return -EBADMSG;
	tables = get16(s + TABLE_SECTORS_16) ? get16(s + TABLE_SECTORS_16)
					     : get32(s + TABLE_SECTORS_32);
	tables *= s[TABLES];
	sectors = get16(s + SECTORS_16) ? get16(s + SECTORS_16) : get32(s + SECTORS_32);
	f->root_sectors = (get16(s + ROOT_ENTRIES) * ENTRY + TABLE_SECTOR - 1) / TABLE_SECTOR;
	front = get16(s + RESERVED) + tables + f->root_sectors;
	if (tables == 0 || sectors <= front)
		return -EBADMSG;
	f->clusters = (uint32_t)((sectors - front) / f->cluster_sectors);
	f->bits = bits_of(f->clusters);
	f->table = first + get16(s + RESERVED);
	f->root = f->table + tables;
	f->data = first + front;
	f->root_cluster = f->bits == 32 ? get32(s + ROOT_CLUSTER) & FAT32_MASK : 0;
	return 0;
}

static bool is_cluster(const struct vfat *f, uint32_t cluster)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < f->clusters;
}

static uint64_t sector_of(const struct vfat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - FIRST_CLUSTER) * f->cluster_sectors;
}

uint64_t vfat_first_sector(const struct vfat *f, const struct vfat_file *file)
{
	return sector_of(f, file->cluster);
}

/* A byte of the table; the sector that it is in is kept, as the next one is likely there, too. */
static int table_byte(struct vfat *f, uint64_t at, uint8_t *ret)
{
	const uint64_t sector = f->table + at / TABLE_SECTOR;
	int r = 0;

	if (f->entry_at != sector) {
		f->entry_at = 0;
		r = f->read(f->ctx, sector, f->entry, 1);
		if (r < 0)
			return r;
		f->entry_at = sector;
	}
	*ret = f->entry[at % TABLE_SECTOR];
	return 0;
}

/* What follows; no cluster's number behind the last. */
static int next_cluster(struct vfat *f, uint32_t *cluster)
{
	const uint64_t at = (uint64_t)*cluster * f->bits / 8;
	const unsigned bytes = f->bits == 32 ? 4 : 2;
	uint32_t next = 0;

	for (unsigned i = 0; i < bytes; i++) {
		uint8_t b;
		const int r = table_byte(f, at + i, &b);

		if (r < 0)
			return r;
		next |= (uint32_t)b << 8 * i;
	}
	if (f->bits == 12)
		next = *cluster % 2 ? next >> 4 : next & 0xfff;
	*cluster = f->bits == 32 ? next & FAT32_MASK : next;
	return 0;
}

/* The one that is looked for, among the entries of a folder. */
struct wish {
	const char *name;
	size_t len;
	char long_name[VFAT_NAME_MAX]; /* of the entry that comes next; "": it has none */
	struct vfat_file *ret;
};

/* Others than ASCII become '?': no name that is looked for has one. */
static void take_long_part(struct wish *w, const uint8_t *e)
{
	static const uint8_t places[LONG_CHARS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	const size_t part = (size_t)(e[LONG_NUMBER] & ~LONG_LAST);

	if (part == 0 || part * LONG_CHARS >= VFAT_NAME_MAX)
		return;
	if (e[LONG_NUMBER] & LONG_LAST)
		memset(w->long_name, 0, sizeof(w->long_name));
	for (size_t i = 0; i < LONG_CHARS; i++) {
		const unsigned c = get16(e + places[i]);

		if (c == 0)
			break;
		w->long_name[(part - 1) * LONG_CHARS + i] = (char)(c < 0x7f ? c : '?');
	}
}

/* "AUTOBOOTTXT" → "AUTOBOOT.TXT" */
static void short_name(const uint8_t *e, char ret[NAME + 2])
{
	size_t n = 0;

	for (size_t i = 0; i < STEM && e[i] != ' '; i++)
		ret[n++] = (char)e[i];
	if (e[STEM] != ' ')
		ret[n++] = '.';
	for (size_t i = STEM; i < NAME && e[i] != ' '; i++)
		ret[n++] = (char)e[i];
	ret[n] = '\0';
}

static bool is_called(const struct wish *w, const char *name)
{
	return strlen(name) == w->len && strncasecmp(name, w->name, w->len) == 0;
}

static void take_entry(struct vfat_file *ret, const uint8_t *e)
{
	ret->cluster = (uint32_t)get16(e + CLUSTER_HIGH) << 16 | get16(e + CLUSTER_LOW);
	ret->size = get32(e + SIZE);
	ret->is_folder = e[ATTRIBUTES] & FOLDER;
	memcpy(ret->made, e + MADE, sizeof(ret->made));
	memcpy(ret->written, e + WRITTEN, sizeof(ret->written));
}

/* 1: it is; 0: it is another; -ENOENT: there are no more. */
static int look_at(struct wish *w, const uint8_t *e)
{
	char name[NAME + 2];
	bool found;

	if (e[0] == 0)
		return -ENOENT;
	if (e[0] != DELETED && e[ATTRIBUTES] == LONG_NAME) {
		take_long_part(w, e);
		return 0;
	}
	short_name(e, name);
	found = e[0] != DELETED && !(e[ATTRIBUTES] & LABEL) &&
		(is_called(w, name) || is_called(w, w->long_name));
	w->long_name[0] = '\0';
	if (found)
		take_entry(w->ret, e);
	return found;
}

static int look_in(struct vfat *f, struct wish *w, uint64_t sector, unsigned sectors)
{
	for (unsigned i = 0; i < sectors; i++) {
		int r = f->read(f->ctx, sector + i, f->sector, 1);

		for (size_t at = 0; r == 0 && at < TABLE_SECTOR; at += ENTRY)
			r = look_at(w, f->sector + at);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool is_last(const struct vfat *f, uint32_t next)
{
	const uint32_t end = f->bits == 32 ? 0x0ffffff8 : f->bits == 16 ? 0xfff8 : 0xff8;

	return next >= end;
}

static int look_in_chain(struct vfat *f, struct wish *w, uint32_t cluster)
{
	int r = 0;

	for (int i = 0; r == 0 && !is_last(f, cluster); i++) {
		if (i == FOLDER_CLUSTERS_MAX || !is_cluster(f, cluster))
			return -EBADMSG;
		r = look_in(f, w, sector_of(f, cluster), f->cluster_sectors);
		if (r == 0)
			r = next_cluster(f, &cluster);
	}
	return r;
}

int vfat_find(struct vfat *f, const char *path, struct vfat_file *ret)
{
	*ret = (struct vfat_file){.cluster = f->root_cluster, .is_folder = true};
	while (*path) {
		struct wish w = {.name = path, .len = strcspn(path, "/"), .ret = ret};
		int r;

		if (!ret->is_folder)
			return -ENOENT;
		r = ret->cluster ? look_in_chain(f, &w, ret->cluster)
				 : look_in(f, &w, f->root, f->root_sectors);
		if (r <= 0)
			return r < 0 ? r : -ENOENT;
		path += w.len + (path[w.len] == '/');
	}
	return ret->size && !is_cluster(f, ret->cluster) ? -EBADMSG : 0;
}

int vfat_read(struct vfat *f, const struct vfat_file *file,
	int (*take)(void *ctx, const uint8_t *data, size_t n), void *ctx)
{
	const size_t most = (size_t)f->cluster_sectors * TABLE_SECTOR;
	uint32_t cluster = file->cluster, left = file->size;
	int r = 0;

	while (r == 0 && left > 0) {
		const size_t n = left < most ? left : most;

		if (!is_cluster(f, cluster))
			return -EBADMSG;
		r = f->read(f->ctx, sector_of(f, cluster), f->cluster,
			(n + TABLE_SECTOR - 1) / TABLE_SECTOR);
		if (r == 0)
			r = take(ctx, f->cluster, n);
		if (r == 0)
			r = next_cluster(f, &cluster);
		left -= (uint32_t)n;
	}
	return r;
}
