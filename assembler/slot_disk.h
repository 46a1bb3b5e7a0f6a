/*
 * Files with slots in them, for the verbs that sign and verify: a slot by itself, or a disk whose
 * partitions are looked through.
 */
#pragma once

#include "../lib/table.h"
#include "arena.h"
#include "slot.h"

/* A file, or a stretch of one, mapped. */
struct mapped {
	const char *path; /* for people, with the partition */
	int fd;
	bool writable;
	uint8_t *data;
	uint64_t size;
};

/* Of a whole file; 0, or -1 after say_error(). */
int mapped_open(struct mapped *f, const char *path, bool writable);
void mapped_close(struct mapped *f);
/* Does it end as a slot does?  Nothing of it is believed yet. */
bool mapped_is_slot(const struct mapped *f);

struct slot_disk {
	const struct mapped *file;
	struct table table;
	bool has_record; /* of which slot is started: it is one of nanny's */
	bool good[2];    /* the slots that the record calls good */
};

/* 0; -ENOENT: it is no disk; -EBADMSG: its table contradicts itself. */
int slot_disk_read(const struct mapped *f, struct slot_disk *ret);
/* The partition's bytes, which lie within the file. */
struct mapped slot_disk_part(
	struct arena *a, const struct slot_disk *d, const struct table_part *p);

/*
 * Every partition that ends as a slot does, or that should: one called system-a or system-b which
 * is not empty there, or which the record calls good.  Returns how many there were; 0 for a file
 * that is no disk, too; -EBADMSG as slot_disk_read().
 */
typedef void slot_visit(void *ctx, const struct slot_disk *d, const struct table_part *p,
	const struct mapped *part);
int slot_disk_each(struct arena *a, const struct mapped *f, slot_visit *visit, void *ctx);
