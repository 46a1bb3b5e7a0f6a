#include "partition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "read_text.h"

#define SYS_BLOCK "/sys/class/block"

enum {
	PAUSE_MS = 50,
};

int partition_read_sectors(void *ctx, uint64_t sector, void *buf, size_t n)
{
	const int *fd = ctx;
	size_t have = 0;

	while (have < n * TABLE_SECTOR) {
		ssize_t r = pread(*fd, (char *)buf + have, n * TABLE_SECTOR - have,
			(off_t)(sector * TABLE_SECTOR + have));

		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		have += (size_t)r;
	}
	return 0;
}

int partition_read_table(int fd, struct table *t)
{
	off_t size = lseek(fd, 0, SEEK_END);

	return size < 0 ? -errno
			: table_read(t, (uint64_t)size / TABLE_SECTOR, partition_read_sectors, &fd);
}

int partition_write_sector(int fd, uint64_t sector, const uint8_t buf[TABLE_SECTOR])
{
	const off_t at = (off_t)(sector * TABLE_SECTOR);
	uint8_t again[TABLE_SECTOR];

	if (pwrite(fd, buf, TABLE_SECTOR, at) != TABLE_SECTOR)
		return errno ? -errno : -EIO;
	if (fsync(fd) < 0)
		return -errno;
	if (posix_fadvise(fd, at, TABLE_SECTOR, POSIX_FADV_DONTNEED) != 0 ||
		pread(fd, again, TABLE_SECTOR, at) != TABLE_SECTOR ||
		memcmp(again, buf, TABLE_SECTOR) != 0)
		return -EIO;
	return 0;
}

/* Behind "KEY=" in a device's uevent; "" when it is not there. */
static const char *property(const char *name, const char *key, char *ret, size_t size)
{
	char path[320], text[1024], line[64];
	const char *at;

	(void)snprintf(path, sizeof(path), SYS_BLOCK "/%s/uevent", name);
	(void)snprintf(line, sizeof(line), "\n%s=", key);
	at = strstr(read_text(path, text, sizeof(text)), line);
	(void)snprintf(ret, size, "%.*s", at ? (int)strcspn(at + strlen(line), "\n") : 0,
		at ? at + strlen(line) : "");
	return ret;
}

/* "../../devices/…/block/vda/vda3": the folder above a partition's is its disk's. */
static void fill(struct partition *p, const char *name)
{
	char path[320], link[1024], number[16];
	ssize_t n;

	(void)snprintf(p->path, sizeof(p->path), "/dev/%.40s", name);
	p->number = (unsigned)strtoul(property(name, "PARTN", number, sizeof(number)), NULL, 10);
	(void)property(name, "PARTNAME", p->name, sizeof(p->name));
	p->disk[0] = '\0';
	(void)snprintf(path, sizeof(path), SYS_BLOCK "/%s", name);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0 || !p->number)
		return;
	link[n] = '\0';
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(link, '/');

		if (!slash)
			return;
		if (i == 1)
			(void)snprintf(p->disk, sizeof(p->disk), "/dev/%.40s", slash + 1);
		*slash = '\0';
	}
}

/* The kernels of today do not say it in the uevent: the table does. */
static bool has_uuid(const char *name, const char *uuid)
{
	static struct table t;
	struct partition p;
	bool found = false;
	int fd;

	fill(&p, name);
	fd = p.disk[0] ? open(p.disk, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	if (partition_read_table(fd, &t) == 0) {
		for (size_t i = 0; i < t.n; i++)
			found |= t.part[i].number == p.number &&
				 strcasecmp(t.part[i].uuid, uuid) == 0;
	}
	(void)close(fd);
	return found;
}

static bool is_called(const char *name, const char *wish)
{
	static const char label[] = "PARTLABEL=", uuid[] = "PARTUUID=";
	char text[64];

	if (strncmp(wish, label, sizeof(label) - 1) == 0)
		return strcmp(property(name, "PARTNAME", text, sizeof(text)),
			       wish + sizeof(label) - 1) == 0;
	if (strncmp(wish, uuid, sizeof(uuid) - 1) == 0)
		return has_uuid(name, wish + sizeof(uuid) - 1);
	return strncmp(wish, "/dev/", 5) == 0 && strcmp(name, wish + 5) == 0;
}

static bool look(const char *wish, struct partition *ret)
{
	DIR *d = opendir(SYS_BLOCK);
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] == '.' || !is_called(e->d_name, wish))
			continue;
		fill(ret, e->d_name);
		found = access(ret->path, F_OK) == 0;
	}
	if (d)
		(void)closedir(d);
	return found;
}

int partition_find(const char *name, int wait_ms, struct partition *ret)
{
	const struct timespec pause = {0, PAUSE_MS * 1000 * 1000};

	for (int waited = 0; !look(name, ret); waited += PAUSE_MS) {
		if (waited >= wait_ms)
			return -ENODEV;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* The kernel's rule: a disk whose name ends in a digit has a 'p' between that and the number. */
bool partition_beside(const struct partition *p, unsigned number, char ret_path[PARTITION_PATH])
{
	size_t n = strlen(p->disk);
	bool ends_in_digit = n > 0 && p->disk[n - 1] >= '0' && p->disk[n - 1] <= '9';

	return n > 0 && snprintf(ret_path, PARTITION_PATH, "%s%s%u", p->disk,
				ends_in_digit ? "p" : "", number) < PARTITION_PATH;
}

static int write_table(int fd, const struct table_grown *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct table_write *w = &g->write[i];
		size_t size = w->sectors * TABLE_SECTOR;

		if (pwrite(fd, w->data, size, (off_t)(w->sector * TABLE_SECTOR)) != (ssize_t)size)
			return errno ? -errno : -EIO;
		if (fsync(fd) < 0)
			return -errno;
	}
	return 0;
}

/* The table is not read again while the root is on the disk, but one entry may be told. */
static int tell_kernel(int fd, const struct table_part *part)
{
	struct blkpg_partition p = {
		.start = (long long)(part->first * TABLE_SECTOR),
		.length = (long long)(part->sectors * TABLE_SECTOR),
		.pno = (int)part->number,
	};
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_RESIZE_PARTITION, .datalen = sizeof(p), .data = &p};

	return ioctl(fd, BLKPG, &arg) < 0 ? -errno : 0;
}

int partition_grow(const struct partition *p)
{
	static struct table t;
	static struct table_grown g;
	int fd = p->disk[0] ? open(p->disk, O_RDWR | O_CLOEXEC) : -1;
	int r;

	if (!p->disk[0])
		return 0; /* a whole disk */
	r = fd < 0 ? -errno : partition_read_table(fd, &t);
	if (r == 0)
		r = table_grow(&t, p->number, &g);
	if (r == 1) {
		r = write_table(fd, &g);
		if (r == 0)
			r = tell_kernel(fd, &g.part);
		r = r < 0 ? r : 1;
	}
	if (fd >= 0)
		(void)close(fd);
	return r;
}
