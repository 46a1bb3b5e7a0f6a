/*
 * Partition tables, MBR and GPT (UEFI 2.10 §5.3), of disks with sectors of 512 bytes: reading them,
 * and growing the last partition to the disk's end.
 *
 * Growing can be cut short anywhere: what becomes true becomes so with the write of one sector.  In
 * an MBR that is the table.  A GPT's header is one sector, but the entries that its checksum covers
 * are 32 others; so the new entries are written beside the old ones, and the header, last, points
 * at them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TABLE_SECTOR = 512,
	TABLE_PARTS = 32, /* of more, the first ones */
	TABLE_NAME = 37,
	TABLE_ENTRIES = 32, /* sectors: 128 entries of 128 bytes */
	TABLE_WRITES = 5,
	TABLE_ALIGN = 2048, /* sectors: 1 MiB, where partitions begin and end */
};

struct table_part {
	unsigned number; /* as in sda3 */
	uint64_t first, sectors;
	char name[TABLE_NAME]; /* GPT; what is not ASCII becomes '?' */
	char uuid[TABLE_NAME]; /* PARTUUID, as Linux writes it: "1b3c5d7f-03" for an MBR */
	uint8_t guid[16];      /* GPT: the same, as it is on the disk */
};

struct table {
	bool is_gpt;
	uint64_t disk; /* sectors */
	struct table_part part[TABLE_PARTS];
	size_t n;
	uint64_t entries_at;           /* GPT: where the entries in force are */
	uint8_t head[2][TABLE_SECTOR]; /* sectors 0 and 1 */
	uint8_t entries[TABLE_ENTRIES * TABLE_SECTOR];
};

/* Reads whole sectors; 0 or -errno. */
typedef int table_source(void *ctx, uint64_t sector, void *buf, size_t sectors);

/* A source out of memory; ctx points to one of these. */
struct table_bytes {
	const uint8_t *data;
	uint64_t size;
};
int table_read_bytes(void *ctx, uint64_t sector, void *buf, size_t sectors);

/* 0; -ENOENT: there is no table; -EBADMSG: it contradicts itself; or what the source said. */
int table_read(struct table *t, uint64_t disk_sectors, table_source *read, void *ctx);

/* What to write, in this order, each on the disk before the next. */
struct table_write {
	uint64_t sector;
	size_t sectors;
	const uint8_t *data; /* in struct table_grown */
};

struct table_grown {
	struct table_write write[TABLE_WRITES];
	size_t n;
	struct table_part part; /* as it becomes */
	uint8_t mbr[TABLE_SECTOR], primary[TABLE_SECTOR], backup[TABLE_SECTOR];
	uint8_t entries[TABLE_ENTRIES * TABLE_SECTOR];
};

/*
 * 1 with what to write; 0: it reaches the end already; -ENOSPC: another partition is behind it;
 * -EOPNOTSUPP: this table leaves no room for doing it safely.
 */
int table_grow(const struct table *t, unsigned number, struct table_grown *ret);
/*
 * The partition of a GPT that a BIOS starts: the one that the MBR beside it calls active.  NULL:
 * none of them.
 */
const struct table_part *table_active(const struct table *t);
/* The first sector with another one active; false: none is.  To be written whole, at once. */
bool table_activate(
	const struct table *t, const struct table_part *p, uint8_t ret_mbr[TABLE_SECTOR]);
uint32_t table_crc32(const void *data, size_t n);
