#include "slot_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/slot_record.h"
#include "diag.h"
#include "disk_names.h"
#include "mem.h"

int mapped_open(struct mapped *f, const char *path, bool writable)
{
	struct stat st;

	*f = (struct mapped){.path = path, .writable = writable};
	f->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (f->fd < 0)
		return say_error("%s: %s", path, strerror(errno));
	if (fstat(f->fd, &st) == 0 && st.st_size > 0) {
		f->size = (uint64_t)st.st_size;
		f->data = mmap(NULL, f->size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED,
			f->fd, 0);
	}
	if (f->data && f->data != MAP_FAILED)
		return 0;
	(void)close(f->fd);
	return say_error("%s: %s", path, f->data ? strerror(errno) : "it is empty");
}

void mapped_close(struct mapped *f)
{
	(void)munmap(f->data, f->size);
	(void)close(f->fd);
}

bool mapped_is_slot(const struct mapped *f)
{
	static const char first[] = "nanny-slot ";

	return f->size >= SLOT_FOOTER &&
	       memcmp(f->data + f->size - SLOT_FOOTER, first, sizeof(first) - 1) == 0;
}

static void read_record(const struct mapped *f, struct slot_disk *d)
{
	struct slot_record r;

	for (uint64_t at = SLOT_RECORD_AT, i = 0; i < SLOT_RECORD_COPIES && !d->has_record;
		i++, at += SLOT_RECORD)
		d->has_record =
			at + SLOT_RECORD <= f->size && slot_record_read(f->data + at, &r) == 0;
	if (d->has_record)
		memcpy(d->good, r.good, sizeof(d->good));
}

int slot_disk_read(const struct mapped *f, struct slot_disk *ret)
{
	struct table_bytes bytes = {f->data, f->size};
	int r;

	*ret = (struct slot_disk){.file = f};
	r = table_read(&ret->table, f->size / TABLE_SECTOR, table_read_bytes, &bytes);
	if (r == 0)
		read_record(f, ret);
	return r;
}

struct mapped slot_disk_part(struct arena *a, const struct slot_disk *d, const struct table_part *p)
{
	const char *name = disk_part_name(&d->table, p, d->has_record);

	return (struct mapped){
		.path = arena_printf(a, "%s: partition %u%s%s", d->file->path, p->number,
			*name ? " " : "", name),
		.fd = d->file->fd,
		.writable = d->file->writable,
		.data = d->file->data + p->first * TABLE_SECTOR,
		.size = p->sectors * TABLE_SECTOR,
	};
}

static bool ends_empty(const struct mapped *part)
{
	static const uint8_t empty[SLOT_FOOTER];

	return part->size < SLOT_FOOTER ||
	       memcmp(part->data + part->size - SLOT_FOOTER, empty, SLOT_FOOTER) == 0;
}

/* A damaged one must not pass for none: the disk's other slot would be all that is looked at. */
static bool should_be_slot(
	const struct slot_disk *d, const struct table_part *p, const struct mapped *part)
{
	const char *name = disk_part_name(&d->table, p, d->has_record);
	char slot = disk_part_slot(name);

	if (mapped_is_slot(part))
		return true;
	return slot && strncmp(name, "system-", 7) == 0 &&
	       (!ends_empty(part) || d->good[slot == 'b']);
}

int slot_disk_each(struct arena *a, const struct mapped *f, slot_visit *visit, void *ctx)
{
	struct slot_disk *d = mem_new(sizeof(*d));
	int found = 0, r = slot_disk_read(f, d);

	for (size_t i = 0; r == 0 && i < d->table.n; i++) {
		const struct table_part *p = &d->table.part[i];
		const struct mapped part = slot_disk_part(a, d, p);

		if (!should_be_slot(d, p, &part))
			continue;
		visit(ctx, d, p, &part);
		found++;
	}
	free(d);
	return r == -EBADMSG ? r : found;
}
