#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_file {
	char *path;
	int fd; /* -1: to be opened */
	size_t size;
	bool is_failing;
	struct log_file *next;
};

/* A source names itself; it is no path. */
static char *make_path(const char *dir, const char *source)
{
	char *path;
	int n = asprintf(&path, "%s/%s%s.log", dir, source[0] == '.' ? "_" : "", source);

	if (n < 0)
		return NULL;
	for (char *p = path + strlen(dir) + 1; *p; p++)
		if (*p == '/')
			*p = '_';
	return path;
}

static struct log_file *find(struct log_files *all, const char *source)
{
	char *path = make_path(all->dir, source);
	struct log_file *f;

	for (f = all->list; path && f; f = f->next) {
		if (strcmp(f->path, path) == 0) {
			free(path);
			return f;
		}
	}
	f = path ? malloc(sizeof(*f)) : NULL;
	if (!f) {
		free(path);
		return NULL;
	}
	*f = (struct log_file){.path = path, .fd = -1, .next = all->list};
	return all->list = f;
}

static int open_file(struct log_file *f)
{
	struct stat st;

	f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (f->fd < 0)
		return -errno;
	f->size = fstat(f->fd, &st) == 0 ? (size_t)st.st_size : 0;
	return 0;
}

static void shut(struct log_file *f)
{
	(void)close(f->fd);
	f->fd = -1;
}

/* What cannot be renamed stays; the next line opens NAME.log again, new or old. */
static void rotate(struct log_file *f, int old_most)
{
	char from[PATH_MAX], to[PATH_MAX];

	shut(f);
	for (int i = old_most - 1; i >= 0; i--) {
		(void)snprintf(to, sizeof(to), "%s.%d", f->path, i);
		if (i > 0)
			(void)snprintf(from, sizeof(from), "%s.%d", f->path, i - 1);
		else
			(void)snprintf(from, sizeof(from), "%s", f->path);
		(void)rename(from, to);
	}
	if (old_most == 0)
		(void)unlink(f->path);
}

static int append(struct log_file *f, const char *line, size_t len)
{
	int r = f->fd < 0 ? open_file(f) : 0;
	ssize_t n;

	if (r < 0)
		return r;
	n = write(f->fd, line, len);
	if (n < 0)
		r = -errno;
	else
		f->size += (size_t)n;
	if (r < 0 || (size_t)n < len)
		shut(f); /* a part of a line: the file is as it is, its size is asked again */
	return r;
}

int log_files_add(struct log_files *all, const char *source, const char *line, size_t len)
{
	struct log_file *f = find(all, source);
	int r = f ? append(f, line, len) : -ENOMEM;
	bool is_news;

	if (!f)
		return r;
	is_news = r < 0 && !f->is_failing;
	f->is_failing = r < 0;
	if (f->fd >= 0 && f->size >= all->size_most)
		rotate(f, all->old_most);
	return is_news ? r : 0;
}
