#include "slot_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "boot_files.h"
#include "footer_read.h"
#include "partition.h"
#include "read_text.h"
#include "seal.h"
#include "slot_loader.h"
#include "slot_name.h"

#define MAPPED "/sys/class/block/dm-0"

char slot_store_running(void)
{
	char name[64];

	(void)read_text(MAPPED "/dm/name", name, sizeof(name));
	if (strncmp(name, SEAL_MAPPING "-", sizeof(SEAL_MAPPING)) != 0)
		return '\0';
	name[0] = name[sizeof(SEAL_MAPPING)];
	return name[0] == 'a' || name[0] == 'b' ? name[0] : '\0';
}

/* The partition that the root's mapping is made of. */
static int find_root(struct partition *ret)
{
	DIR *d = opendir(MAPPED "/slaves");
	const struct dirent *e;
	char name[64] = "";

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			(void)snprintf(name, sizeof(name), "/dev/%.40s", e->d_name);
	if (d)
		(void)closedir(d);
	if (!name[0] || partition_find(name, 0, ret) < 0 || !ret->disk[0])
		return -ENODEV;
	return 0;
}

/* The first good copy.  -EBADMSG: there is none, though one could be read. */
static int read_record(int fd, struct slot_record *ret)
{
	int result = -EIO;

	for (uint64_t i = 0; i < SLOT_RECORD_COPIES; i++) {
		uint8_t sector[SLOT_RECORD];
		const int r =
			partition_read_sectors(&fd, SLOT_RECORD_AT / TABLE_SECTOR + i, sector, 1);

		if (r == 0 && slot_record_read(sector, ret) == 0)
			return 0;
		if (r == 0)
			result = -EBADMSG;
	}
	return result;
}

/* Each copy is on the disk before the next is begun. */
static int write_record(int fd, const struct slot_record *r)
{
	uint8_t sector[SLOT_RECORD];
	int result = 0;

	slot_record_write(r, sector);
	for (uint64_t i = 0; result == 0 && i < SLOT_RECORD_COPIES; i++)
		result = partition_write_sector(fd, SLOT_RECORD_AT / TABLE_SECTOR + i, sector);
	return result;
}

/* The disk that the running slot is on. */
struct store {
	int fd;
	char running;
	struct slot_record record;
	const struct slot_loader *loader;
	struct table table;
};

static int open_disk(struct store *s, char running, const char *disk)
{
	int r;

	s->running = running;
	s->fd = open(disk, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	/* nannyctl and a helper may both be at it. */
	(void)flock(s->fd, LOCK_EX);
	r = partition_read_table(s->fd, &s->table);
	if (r < 0) {
		(void)close(s->fd);
		return r;
	}
	s->loader = slot_loader_find(s->fd, &s->table);
	r = read_record(s->fd, &s->record);
	if (r == -EBADMSG) {
		/* Nothing is known but that this one runs. */
		fprintf(stderr, "slot: the record on %s is damaged and begins anew\n", disk);
		s->record = (struct slot_record){.boot = s->running};
		r = write_record(s->fd, &s->record);
	}
	if (r < 0)
		(void)close(s->fd);
	return r;
}

static int open_store(struct store *s, struct partition *ret_root)
{
	const char running = slot_store_running();
	const int r = running ? find_root(ret_root) : -ENODEV;

	return r < 0 ? r : open_disk(s, running, ret_root->disk);
}

/* What was cut short between the two is made good at the next start. */
static int put_down(struct store *s, bool changed)
{
	int r = changed ? write_record(s->fd, &s->record) : 0;

	if (r < 0)
		return r;
	r = s->loader->follow(s->fd, &s->table, slots_wish(&s->record));
	if (r < 0)
		fprintf(stderr, "slot: %s cannot be told what to start: %s\n", s->loader->name,
			strerror(-r));
	return r;
}

static enum slot_event as_counted(const struct store *s, enum slot_event e)
{
	return e == SLOT_STARTED && !s->loader->counts ? SLOT_STARTED_UNCOUNTED : e;
}

/* As it was before this, and what has become of it. */
static int note(struct store *s, enum slot_event e, struct slots_known *ret)
{
	int r;

	*ret = (struct slots_known){
		.running = s->running, .part = (uint8_t)slots_part(&s->record, s->running)};
	r = put_down(s, slots_decide(&s->record, s->running, as_counted(s, e)));
	ret->is_good = s->record.good[s->running == 'b'];
	/* One that cannot be started is as good as none. */
	ret->other_good = r == 0 && slots_other_good(&s->record, s->running);
	ret->next = slots_wish(&s->record).next;
	ret->bad = s->record.bad;
	(void)close(s->fd);
	return r;
}

int slot_store_note(enum slot_event e, struct slots_known *ret)
{
	static struct store s;
	struct partition root;
	const int r = open_store(&s, &root);

	*ret = (struct slots_known){.running = '\0'};
	return r < 0 ? r : note(&s, e, ret);
}

static int read_manifest(const char *device, struct manifest *ret)
{
	static uint8_t footer[SLOT_FOOTER];
	char why[256];
	uint64_t size;
	const int r = footer_read(device, footer, &size);

	return r < 0 ? r
		     : manifest_parse((const char *)footer,
			       strnlen((const char *)footer, SLOT_MANIFEST_MAX), ret, why,
			       sizeof(why));
}

/* Of the same disk: a copy of it may be in the machine, too. */
static int read_other(const struct store *s, const struct partition *root, struct manifest *ret)
{
	const struct table_part *part = slot_system_part(&s->table, slot_other(s->running));
	char path[PARTITION_PATH];

	if (!part || !partition_beside(root, part->number, path))
		return -EBADMSG;
	return read_manifest(path, ret);
}

int slot_store_refused(char slot, const struct partition *root, struct slots_known *ret)
{
	static struct store s;
	struct manifest other;
	const int r = open_disk(&s, slot, root->disk);

	*ret = (struct slots_known){.running = slot};
	if (r < 0)
		return r;
	/* A BIOS would stand still at one that is empty. */
	return note(&s, read_other(&s, root, &other) == 0 ? SLOT_REFUSED : SLOT_BAD, ret);
}

void slot_store_say_left(int r, const struct slots_known *k)
{
	if (r < 0)
		fprintf(stderr, "slot: %c cannot be left: %s\n", k->running, strerror(-r));
	else
		fprintf(stderr, "slot: %c is %s\n", k->next,
			k->next == k->running ? "started again: there is no other good one"
					      : "started next");
}

/* Whether its manifest is to be believed, its own start tells: that has the key. */
static int look_at_other(
	const struct store *s, const struct partition *root, struct slots_tried *ret)
{
	int r = read_other(s, root, &ret->manifest);

	ret->slot = slot_other(s->running);
	if (r < 0)
		return r;
	/* What was written to its partitions is read from the disk. */
	sync();
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
	r = boot_files_check(s->fd, &s->table, ret->slot, &ret->manifest, ret->boot_file);
	return r == -EBADMSG || r == -ENOENT ? -EUCLEAN : r;
}

/* All of it, or nothing. */
static int arm(struct store *s, uint8_t times)
{
	const struct slot_record before = s->record;
	int r;

	slots_try_other(&s->record, s->running, times);
	r = put_down(s, true);
	if (r < 0) {
		s->record = before;
		(void)put_down(s, true);
	}
	return r;
}

int slot_store_try(uint8_t times, struct slots_tried *ret)
{
	static struct store s;
	struct partition root;
	int r = open_store(&s, &root);

	if (r < 0)
		return r;
	if (slots_part(&s.record, s.running) == SLOT_ON_TRIAL)
		r = -EBUSY;
	if (r == 0)
		r = look_at_other(&s, &root, ret);
	if (r == 0)
		r = arm(&s, times);
	(void)close(s.fd);
	return r;
}

int slot_store_check_own(char ret_file[MANIFEST_NAME])
{
	static struct store s;
	struct manifest m;
	struct partition root;
	int r = open_store(&s, &root);

	ret_file[0] = '\0';
	if (r < 0)
		return r;
	r = read_manifest(root.path, &m);
	if (r == 0)
		r = boot_files_check(s.fd, &s.table, s.running, &m, ret_file);
	(void)close(s.fd);
	return r;
}
