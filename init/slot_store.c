#include "slot_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int read_record(int fd, struct slot_record *ret)
{
	uint8_t copies[SLOT_RECORD_COPIES][SLOT_RECORD];

	if (pread(fd, copies, sizeof(copies), SLOT_RECORD_AT) != (ssize_t)sizeof(copies))
		return -EIO;
	for (size_t i = 0; i < SLOT_RECORD_COPIES; i++)
		if (slot_record_read(copies[i], ret) == 0)
			return 0;
	return -EBADMSG;
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
	r = partition_read_table(s->fd, &s->table);
	if (r < 0) {
		(void)close(s->fd);
		return r;
	}
	s->loader = slot_loader_find(s->fd, &s->table);
	if (read_record(s->fd, &s->record) < 0) {
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

int slot_store_refused(char slot, const char *disk, struct slots_known *ret)
{
	static struct store s;
	const int r = open_disk(&s, slot, disk);

	*ret = (struct slots_known){.running = '\0'};
	return r < 0 ? r : note(&s, SLOT_BAD, ret);
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

/* Whether its manifest is to be believed, its own start tells: that has the key. */
static int look_at_other(const struct store *s, struct slots_tried *ret)
{
	const struct table_part *part;
	char name[16 + TABLE_NAME];
	struct partition p;
	int r;

	ret->slot = slot_other(s->running);
	part = slot_system_part(&s->table, ret->slot);
	(void)snprintf(name, sizeof(name), "PARTUUID=%s", part ? part->uuid : "");
	r = part ? partition_find(name, 0, &p) : -EBADMSG;
	if (r == 0)
		r = read_manifest(p.path, &ret->manifest);
	if (r < 0)
		return r;
	r = boot_files_check(s->fd, &s->table, ret->slot, &ret->manifest, ret->boot_file);
	return r == -EBADMSG || r == -ENOENT ? -EUCLEAN : r;
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
		r = look_at_other(&s, ret);
	if (r == 0) {
		slots_try_other(&s.record, s.running, times);
		r = put_down(&s, true);
	}
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
