#include "slot_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "active.h"
#include "efi.h"
#include "partition.h"
#include "read_text.h"
#include "seal.h"

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

/* Each copy is on the disk before the next is begun, and both are read again. */
static int write_record(int fd, const struct slot_record *r)
{
	uint8_t sector[SLOT_RECORD], again[SLOT_RECORD];

	slot_record_write(r, sector);
	for (off_t i = 0; i < SLOT_RECORD_COPIES; i++) {
		if (pwrite(fd, sector, sizeof(sector), SLOT_RECORD_AT + i * SLOT_RECORD) !=
			(ssize_t)sizeof(sector))
			return errno ? -errno : -EIO;
		if (fsync(fd) < 0 || posix_fadvise(fd, 0, SLOT_RECORD_AT + SLOT_RECORD * 2,
					     POSIX_FADV_DONTNEED) != 0)
			return -EIO;
		if (pread(fd, again, sizeof(again), SLOT_RECORD_AT + i * SLOT_RECORD) !=
				(ssize_t)sizeof(again) ||
			memcmp(again, sector, sizeof(sector)) != 0)
			return -EIO;
	}
	return 0;
}

/*
 * U-Boot's script reads the record, and for a BIOS the active partition is made what it says; EFI,
 * and the firmware of a Raspberry Pi 4, go by neither.
 */
static bool is_followed(void)
{
	return !efi_is_there() && access("/proc/device-tree/chosen/bootloader", F_OK) < 0;
}

static int note(int fd, const char *disk, char running, enum slot_event e, struct slots_known *ret)
{
	struct slot_record r;
	int result = read_record(fd, &r);

	if (result < 0) {
		/* Nothing is known but that this one runs. */
		fprintf(stderr, "slot: the record on %s is damaged and begins anew\n", disk);
		r = (struct slot_record){.boot = running};
	}
	*ret = (struct slots_known){.running = running, .part = (uint8_t)slots_part(&r, running)};
	if (e == SLOT_BAD && !is_followed())
		result = -EOPNOTSUPP;
	else if (slots_decide(&r, running, e) || result < 0)
		result = write_record(fd, &r);
	/* What was cut short between the two is made good at the next start. */
	if (result == 0)
		result = active_follow(fd, slots_next(&r));
	ret->is_good = r.good[running == 'b'];
	ret->other_good = is_followed() && slots_other_good(&r, running);
	ret->next = slots_next(&r);
	return result;
}

int slot_store_note(enum slot_event e, struct slots_known *ret)
{
	char running = slot_store_running();
	struct partition p;
	int fd, r;

	*ret = (struct slots_known){.running = '\0'};
	r = running ? find_root(&p) : -ENODEV;
	if (r < 0)
		return r;
	fd = open(p.disk, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = note(fd, p.disk, running, e, ret);
	(void)close(fd);
	return r;
}
