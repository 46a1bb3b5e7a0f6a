/*
 * Files of a FAT file system, read where they are: FAT12, FAT16 and FAT32 with sectors of 512 bytes
 * and with long names (Microsoft's "FAT: General Overview of On-Disk Format" 1.03).  Pure: sectors
 * come from a table_source.
 */
#pragma once

#include "table.h"

enum {
	VFAT_CLUSTER_MAX = 128, /* sectors */
	VFAT_NAME_MAX = 256,
};

struct vfat {
	table_source *read;
	void *ctx;
	uint64_t table, root, data; /* sectors of the disk */
	unsigned root_sectors, cluster_sectors;
	unsigned bits;                   /* of an entry of the table: 12, 16, 32 */
	uint32_t clusters, root_cluster; /* FAT32; of the others the root has a place of its own */
	uint8_t sector[TABLE_SECTOR], entry[TABLE_SECTOR];
	uint64_t entry_at; /* which sector `entry` is; 0: none */
	uint8_t cluster[VFAT_CLUSTER_MAX * TABLE_SECTOR];
};

struct vfat_file {
	uint32_t cluster, size; /* bytes */
	bool is_folder;
	uint8_t made[5], written[4]; /* when, as the folder has it */
};

/* A name of up to 8 and 3 letters, digits, '-' and '_', which any computer writes as it is. */
bool vfat_is_plain_name(const char *name);

/* `first`: the partition's first sector.  0; -EBADMSG: no FAT; or what the source said. */
int vfat_open(struct vfat *f, table_source *read, void *ctx, uint64_t first);
/* path: "EFI/BOOT/BOOTX64.EFI".  0; -ENOENT; -EBADMSG: it contradicts itself; or as above. */
int vfat_find(struct vfat *f, const char *path, struct vfat_file *ret);
/* The sector with the file's first byte. */
uint64_t vfat_first_sector(const struct vfat *f, const struct vfat_file *file);
/* Piece by piece to `take`, until that is not 0. */
int vfat_read(struct vfat *f, const struct vfat_file *file,
	int (*take)(void *ctx, const uint8_t *data, size_t n), void *ctx);
