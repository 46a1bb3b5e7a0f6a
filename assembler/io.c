#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "mem.h"

enum {
	FOLDERS_OPEN = 16, /* at once, however deep they are */
};

/* Once: what becomes of it each caller says. */
static int no_temp(const char *dir, int error)
{
	static bool is_said;

	if (!is_said)
		(void)say_error("no file can be made in %s: %s; TMPDIR names another folder", dir,
			strerror(error));
	is_said = true;
	return -error;
}

int io_temp(void)
{
	const char *set = getenv("TMPDIR"), *dir = set && *set ? set : "/var/tmp";
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof(path), "%s/nanny.XXXXXX", dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return no_temp(dir, errno);
	(void)unlink(path);
	return fd;
}

int io_write(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int io_write_inode(int fd, const struct tree *t, const struct tree_inode *f)
{
	static uint8_t buf[1 << 16];
	off_t at = 0;

	while (at < f->size) {
		ssize_t n = tree_read(t, f, buf, sizeof(buf), at);
		int r = n < 0 ? (int)n : io_write(fd, buf, (size_t)n);

		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

int io_copy(int from, int to)
{
	static uint8_t buf[1 << 16];
	ssize_t n;

	do {
		int r;

		n = read(from, buf, sizeof(buf));
		r = n > 0 ? io_write(to, buf, (size_t)n) : 0;
		if (r < 0)
			return r;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

int io_make_dirs(const char *path)
{
	char *copy = mem_dup(path, strlen(path) + 1);
	char *slash = copy;
	int r = 0;

	while (r == 0 && slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			r = -errno;
		if (slash)
			*slash = '/';
	}
	free(copy);
	return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

void io_remove_all(const char *path)
{
	(void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}
