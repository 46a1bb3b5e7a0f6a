#include "reset_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/text.h"
#include "../lib/vfat.h"
#include "read_text.h"

static void add_bytes(struct text *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%02x", bytes[i]);
}

/*
 * When the file was made and last written, and its size.  Not the day it was last read, nor its
 * attributes: looking at the card makes it no other file.
 */
static void put_mark(const struct vfat_file *f, char ret[DATA_MARK])
{
	struct text t = text_in(ret, DATA_MARK);

	add_bytes(&t, f->made, sizeof(f->made));
	add_bytes(&t, f->written, sizeof(f->written));
	text_addf(&t, "%08x", (unsigned)f->size);
}

static int find(const struct partition *data, const char *name, struct vfat_file *ret)
{
	static struct vfat v;
	char path[PARTITION_PATH];
	int fd, r;

	if (!partition_beside(data, 1, path))
		return -ENODEV;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = vfat_open(&v, partition_read_sectors, &fd, 0);
	if (r == 0)
		r = vfat_find(&v, name, ret);
	(void)close(fd);
	return r == 0 && ret->is_folder ? -ENOENT : r;
}

bool reset_file_look(const struct partition *data, char ret_mark[DATA_MARK])
{
	char text[512], name[32];
	struct vfat_file file;
	int r;

	(void)read_text("/etc/nanny/board", text, sizeof(text));
	if (!read_text_value(text, "reset-file", name, sizeof(name))[0])
		return false;
	r = find(data, name, &file);
	ret_mark[0] = '\0';
	if (r == 0)
		put_mark(&file, ret_mark);
	else if (r != -ENOENT)
		fprintf(stderr, "factory reset: cannot look for the file %s: %s\n", name,
			r == -EBADMSG ? "the first partition has no good FAT" : strerror(-r));
	return r == 0 || r == -ENOENT;
}
