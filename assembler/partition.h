/*
 * A disk's table of partitions, through sfdisk.  Partitions begin at whole MiB, in the order given.
 * Identifiers come from a seed, so that the same content has the same ones and no two images share
 * theirs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;

enum partition_table {
	PARTITION_MBR,
	PARTITION_GPT,
};

struct partition {
	const char *type; /* as sfdisk(8) has it: "c" in an MBR, "U" for an ESP, or a GUID */
	const char *name; /* GPT only; becomes /dev/disk/by-partlabel/NAME */
	off_t size;       /* bytes; partition_plan() makes it whole MiB */
	off_t start;      /* set by partition_plan() */
	bool is_active;   /* what a BIOS boots */
};

/* Where they lie; the size of the smallest disk with them. */
off_t partition_plan(struct partition *p, size_t n);
/*
 * Into a file that has the disk's size; what the partitions hold is untouched.  `date` as in
 * tool.h.  0, or -1 after say_error().
 */
int partition_write(struct arena *a, int64_t date, const char *path, enum partition_table kind,
	const char *seed, const struct partition *p, size_t n);
/* A number that depends on seed and name alone: a volume's id. */
uint32_t partition_id(const char *seed, const char *name);
