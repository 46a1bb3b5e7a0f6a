#include "dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lib/text.h"

enum {
	REQUEST_BYTES = 4096,
	SECTOR = 512,
};

/* The ioctl's head, what belongs to it behind it. */
union request {
	struct dm_ioctl head;
	char bytes[REQUEST_BYTES];
};

static void begin(union request *q, const char *name)
{
	memset(q, 0, sizeof(*q));
	q->head.version[0] = DM_VERSION_MAJOR;
	q->head.data_size = sizeof(*q);
	q->head.data_start = sizeof(q->head);
	(void)snprintf(q->head.name, sizeof(q->head.name), "%s", name);
}

static void add_hex(struct text *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%02x", bytes[i]);
}

int dm_verity_params(const char *device, const struct manifest *m, const char *on_damage, char *ret,
	size_t ret_size)
{
	struct text t = text_in(ret, ret_size);
	unsigned long long blocks = m->size / SLOT_BLOCK;

	/* The tree is behind the data, in the same partition. */
	text_addf(&t, "1 %s %s %d %d %llu %llu sha256 ", device, device, SLOT_BLOCK, SLOT_BLOCK,
		blocks, blocks);
	add_hex(&t, m->root, sizeof(m->root));
	text_add(&t, " ");
	add_hex(&t, m->salt, sizeof(m->salt));
	if (on_damage[0])
		text_addf(&t, " 1 %s", on_damage);
	return t.cut ? -ENOSPC : (int)t.len;
}

static int load_table(int fd, const char *name, const char *device, const struct manifest *m,
	const char *on_damage)
{
	union request q;
	struct dm_target_spec spec = {.length = m->size / SECTOR, .target_type = "verity"};
	char *at = q.bytes + sizeof(q.head);
	int n;

	begin(&q, name);
	q.head.flags = DM_READONLY_FLAG;
	q.head.target_count = 1;
	memcpy(at, &spec, sizeof(spec));
	n = dm_verity_params(
		device, m, on_damage, at + sizeof(spec), sizeof(q) - sizeof(q.head) - sizeof(spec));
	if (n < 0)
		return n;
	return ioctl(fd, DM_TABLE_LOAD, &q) < 0 ? -errno : 0;
}

/* devtmpfs makes the node; without one we do. */
static int node_of(uint64_t dev, char *ret, size_t ret_size)
{
	(void)snprintf(ret, ret_size, "/dev/dm-%u", minor((dev_t)dev));
	if (access(ret, F_OK) == 0 || mknod(ret, S_IFBLK | 0400, (dev_t)dev) == 0)
		return 0;
	return -errno;
}

static int open_mapping(int fd, const char *name, const char *device, const struct manifest *m,
	const char *on_damage, uint64_t *ret_dev)
{
	union request q;
	int r;

	begin(&q, name);
	if (ioctl(fd, DM_DEV_CREATE, &q) < 0)
		return -errno;
	*ret_dev = q.head.dev;
	r = load_table(fd, name, device, m, on_damage);
	if (r < 0)
		return r;
	begin(&q, name);
	/* Not to be suspended, which is to be resumed. */
	return ioctl(fd, DM_DEV_SUSPEND, &q) < 0 ? -errno : 0;
}

int dm_open_verity(const char *name, const char *device, const struct manifest *m,
	const char *on_damage, char *ret, size_t ret_size)
{
	int fd = open("/dev/" DM_DIR "/" DM_CONTROL_NODE, O_RDWR | O_CLOEXEC);
	uint64_t dev = 0;
	int r = fd < 0 ? -errno : open_mapping(fd, name, device, m, on_damage, &dev);

	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? r : node_of(dev, ret, ret_size);
}
