/* A disk: its partitions, and what is between them. */
#include "opened_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "../lib/slot_record.h"
#include "../lib/table.h"
#include "diag.h"
#include "disk_names.h"
#include "mem.h"

enum {
	MBR_CODE = 440, /* what of the first sector is program */
	SIGNATURE = 510,
	GPT_END = 34 * TABLE_SECTOR,
	GPT_OTHER = 32, /* in its header */
	EMPTY_PROBE = 1 << 20,
	MBR_TABLE = 446,
	MBR_PARTS = 4,
	MBR_TYPE_EFI = 0xef,
};

bool disk_is(const struct piece *p)
{
	return piece_has(p, SIGNATURE, "\x55\xaa");
}

static bool is_empty(const uint8_t *data, uint64_t size)
{
	size_t n = size < EMPTY_PROBE ? (size_t)size : EMPTY_PROBE;

	return n == 0 || (data[0] == 0 && memcmp(data, data + 1, n - 1) == 0);
}

struct opened_place *opened_add_place(struct opened *o, const char *name, uint64_t at, uint64_t end)
{
	o->place = mem_grow(o->place, o->n_places + 1, sizeof(*o->place));
	o->place[o->n_places] =
		(struct opened_place){.name = name, .at = (off_t)at, .size = (off_t)(end - at)};
	return &o->place[o->n_places++];
}

/* Kept as a file, when there is something: what a boot loader is, diff has to see. */
static int put_bytes(
	struct reading *r, const char *name, const struct piece *p, uint64_t from, uint64_t to)
{
	int e;

	if (to > p->size || from >= to || is_empty(p->data + from, to - from))
		return 0;
	e = tree_put_file(r->boot, name, 0644, p->data + from, to - from);
	return e < 0 ? say_error("%s: %s", p->name, strerror(-e)) : 0;
}

/* ------------------------------------------------------------------ partitions */

static const char *name_of(
	struct reading *r, const struct table *t, const struct table_part *part, bool has_record)
{
	const char *name = disk_part_name(t, part, has_record);

	return *name ? arena_strdup(r->o->arena, name)
		     : arena_printf(r->o->arena, "partition %u", part->number);
}

static const char *slot_of(struct arena *a, const char *name)
{
	const char slot = disk_part_slot(name);

	return arena_strndup(a, &slot, slot != '\0');
}

/* The same root hash, the same system: it is in the tree already. */
static bool is_known(const struct reading *r, const struct opened_place *place)
{
	for (const struct opened_place *q = r->o->place; q < place; q++)
		if (place->root && q->root && strcmp(place->root, q->root) == 0)
			return true;
	return false;
}

static int read_partition(
	struct reading *r, const struct piece *disk, const char *name, uint64_t at, uint64_t end)
{
	const struct piece p = {
		.name = arena_printf(r->o->arena, "%s: %s", disk->name, name),
		.data = disk->data + at,
		.size = end - at,
		.fd = disk->fd,
		.at = disk->at + (off_t)at,
	};
	struct opened_place *place = opened_add_place(r->o, name, at, end);
	const char *is = piece_is(&p);

	place->is = is ? is : is_empty(p.data, p.size) ? "empty" : "not known";
	if (slot_describe(r, &p, place) && is_known(r, place))
		return 0;
	r->slot = slot_of(r->o->arena, name);
	return piece_read(r, &p);
}

/* ------------------------------------------------------------------ the whole */

static int compare_parts(const void *a, const void *b)
{
	const struct table_part *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* In front of the first partition. */
static int read_front(struct reading *r, const struct piece *p, const struct table *t, uint64_t end,
	bool has_record)
{
	uint64_t table = t->is_gpt ? GPT_END : TABLE_SECTOR;
	opened_add_place(r->o, "table", 0, table < end ? table : end)->is =
		t->is_gpt ? "GPT" : "MBR";
	if (end > table)
		(void)opened_add_place(r->o, "boot loader", table, end);
	if (has_record && end > SLOT_RECORD_AT)
		end = SLOT_RECORD_AT;
	if (put_bytes(r, "mbr", p, 0, MBR_CODE) < 0)
		return -1;
	return put_bytes(r, "raw", p, table, end);
}

static int read_partitions(
	struct reading *r, const struct piece *p, const struct table *t, bool has_record)
{
	uint64_t at = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct table_part *part = &t->part[i];
		uint64_t first = part->first * TABLE_SECTOR;
		uint64_t end = first + part->sectors * TABLE_SECTOR;
		const char *name = name_of(r, t, part, has_record);

		if (first < at || end > p->size)
			return say_error("%s: %s lies on the one before it, or beyond the end",
				p->name, name);
		if (i == 0 && read_front(r, p, t, first, has_record) < 0)
			return -1;
		if (i > 0 && first > at)
			(void)opened_add_place(r->o, "free", at, first);
		if (read_partition(r, p, name, first, end) < 0)
			return -1;
		at = end;
	}
	if (p->size > at)
		(void)opened_add_place(r->o, t->is_gpt ? "end, second table" : "end", at, p->size);
	return 0;
}

/*
 * A hybrid ISO has an MBR whose first partition is all of it, which no table of a disk has; an EFI
 * looks into the one of its own kind.
 */
int iso_disk_read(struct reading *r, const struct piece *p, uint64_t iso_end)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < MBR_PARTS && disk_is(p); i++) {
		uint64_t entry = MBR_TABLE + 16 * i;
		uint64_t first = piece_little(p, entry + 8, 4) * TABLE_SECTOR;
		uint64_t end = first + piece_little(p, entry + 12, 4) * TABLE_SECTOR;

		if (p->data[entry + 4] != MBR_TYPE_EFI || first < at || end <= first)
			continue;
		if (end > p->size)
			return say_error("%s: its partition %u reaches beyond the end: cut short?",
				p->name, i + 1);
		(void)opened_add_place(r->o, at ? "free" : "ISO 9660", at, first);
		r->is_inside = true;
		if (read_partition(
			    r, p, arena_printf(r->o->arena, "partition %u", i + 1), first, end) < 0)
			return -1;
		r->is_inside = false;
		at = end;
	}
	if (at == 0 && iso_end <= p->size) {
		(void)opened_add_place(r->o, "ISO 9660", 0, iso_end);
		at = iso_end;
	}
	if (p->size > at)
		(void)opened_add_place(r->o, "end", at, p->size);
	return 0;
}

/* A GPT says where its second copy is; behind the last partition, so a cut takes it first. */
static bool has_end(const struct table *t)
{
	const struct piece header = {.data = t->head[1], .size = sizeof(t->head[1])};

	return !t->is_gpt || piece_little(&header, GPT_OTHER, 8) < t->disk;
}

int disk_read(struct reading *r, const struct piece *p)
{
	struct table *t = mem_new(sizeof(*t));
	struct table_bytes bytes = {p->data, p->size};
	int e = table_read(t, p->size / TABLE_SECTOR, table_read_bytes, &bytes);
	struct slot_record record;
	bool has_record = p->size > SLOT_RECORD_AT + SLOT_RECORD_COPIES * SLOT_RECORD &&
			  slot_record_read(p->data + SLOT_RECORD_AT, &record) == 0;

	if (e == 0 && !has_end(t))
		e = -EBADMSG;
	if (e < 0) {
		e = say_error("%s: %s", p->name,
			e == -ENOENT ? "there is no partition table"
				     : "its partition table contradicts itself, or what it tells "
				       "of is not there: cut short?");
	} else {
		qsort(t->part, t->n, sizeof(t->part[0]), compare_parts);
		r->is_inside = true;
		e = read_partitions(r, p, t, has_record);
		r->is_inside = false;
		r->slot = NULL;
	}
	free(t);
	return e;
}
