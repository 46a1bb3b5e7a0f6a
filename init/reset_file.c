#include "reset_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/fat_dir.h"
#include "read_text.h"

/*
 * Of a folder's entry: when the file was made and last written, and its size.  Not the day it was
 * last read, nor its attributes: looking at the card makes it no other file.
 */
static const struct {
	size_t at, n;
} parts[] = {{13, 5}, {22, 4}, {28, 4}};

static int read_bytes(void *ctx, uint64_t at, void *buf, size_t n)
{
	const int *fd = ctx;
	ssize_t r = pread(*fd, buf, n, (off_t)at);

	return r < 0 ? -errno : (size_t)r == n ? 0 : -EIO;
}

static void put_mark(const uint8_t entry[FAT_ENTRY], char ret[DATA_MARK])
{
	char *to = ret;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (size_t k = 0; k < parts[i].n; k++, to += 2)
			(void)snprintf(to, 3, "%02x", entry[parts[i].at + k]);
}

static int find(const struct partition *data, const char name[FAT_NAME], uint8_t ret[FAT_ENTRY])
{
	char path[PARTITION_PATH];
	int fd, r;

	if (!partition_beside(data, 1, path))
		return -ENODEV;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fat_find(read_bytes, &fd, name, ret);
	(void)close(fd);
	return r;
}

bool reset_file_look(const struct partition *data, char ret_mark[DATA_MARK])
{
	char text[512], value[32], name[FAT_NAME];
	uint8_t entry[FAT_ENTRY];
	int r;

	(void)read_text("/etc/nanny/board", text, sizeof(text));
	if (!fat_name(read_text_value(text, "reset-file", value, sizeof(value)), name))
		return false;
	r = find(data, name, entry);
	ret_mark[0] = '\0';
	if (r > 0)
		put_mark(entry, ret_mark);
	else if (r < 0)
		fprintf(stderr, "factory reset: cannot look for the file %s: %s\n", value,
			r == -EINVAL ? "the first partition has no FAT" : strerror(-r));
	return r >= 0;
}
