#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG        "log"
#define LOG_NEW    "log.new"
#define LINE_BYTES 96

static const char *const kind_name[RECORD_KIND_N] = {
	[RECORD_FEED] = "feed",
	[RECORD_REFILL] = "refill",
	[RECORD_FAIL] = "fail",
};

int record_print(char *buf, size_t size, const struct record *rec)
{
	return snprintf(buf, size, "%" PRId64 " %s %d %d\n", rec->at, kind_name[rec->kind],
		rec->grams, rec->level_g);
}

static int parse_kind(const char *word, enum record_kind *ret_kind)
{
	for (int i = 0; i < RECORD_KIND_N; i++) {
		if (strcmp(word, kind_name[i]) == 0) {
			*ret_kind = (enum record_kind)i;
			return 0;
		}
	}
	return -EBADMSG;
}

int record_parse(const char *line, size_t len, struct record *ret_rec)
{
	char copy[LINE_BYTES], again[LINE_BYTES], word[8];
	struct record rec;

	if (len >= sizeof(copy))
		return -EBADMSG;
	memcpy(copy, line, len);
	copy[len] = '\0';

	if (sscanf(copy, "%18" SCNd64 " %7s %6d %6d", &rec.at, word, &rec.grams, &rec.level_g) != 4)
		return -EBADMSG;
	if (parse_kind(word, &rec.kind) < 0 || rec.at < 0)
		return -EBADMSG;
	if (rec.grams < 0 || rec.grams > FEEDER_CAPACITY_G)
		return -EBADMSG;
	if (rec.level_g < 0 || rec.level_g > FEEDER_CAPACITY_G)
		return -EBADMSG;

	/* Only what record_print() writes is a record: all of it, newline included, and no more. */
	(void)record_print(again, sizeof(again), &rec);
	if (strlen(again) != len || memcmp(again, line, len) != 0)
		return -EBADMSG;
	*ret_rec = rec;
	return 0;
}

static int write_line(int fd, const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(fd, line, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static int sync_fd(int fd)
{
	return fsync(fd) < 0 ? -errno : 0;
}

/* The newest lines of the log, from the first on: how many bytes lie before them. */
static off_t skip_lines(FILE *in, int skip)
{
	for (int c; skip > 0 && (c = getc(in)) != EOF;)
		if (c == '\n')
			skip--;
	return ftello(in);
}

static int copy_rest(int from, off_t at, int to)
{
	char buf[4096];
	ssize_t n;
	int r;

	while ((n = pread(from, buf, sizeof(buf), at)) > 0) {
		r = write_line(to, buf, (size_t)n);
		if (r < 0)
			return r;
		at += n;
	}
	return n < 0 ? -errno : 0;
}

static int copy_newest(struct journal *j, int to)
{
	int in_fd = openat(j->dir_fd, LOG, O_RDONLY | O_CLOEXEC);
	FILE *in = in_fd < 0 ? NULL : fdopen(in_fd, "r");
	int r;

	if (!in) {
		r = -errno;
		if (in_fd >= 0)
			(void)close(in_fd);
		return r;
	}
	r = copy_rest(in_fd, skip_lines(in, j->lines - JOURNAL_LINES_KEEP), to);
	(void)fclose(in);
	return r < 0 ? r : sync_fd(to);
}

static int rotate(struct journal *j)
{
	int fd =
		openat(j->dir_fd, LOG_NEW, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = copy_newest(j, fd);
	if (r >= 0 && renameat(j->dir_fd, LOG_NEW, j->dir_fd, LOG) < 0)
		r = -errno;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	(void)close(j->fd);
	j->fd = fd;
	j->lines = JOURNAL_LINES_KEEP;
	return sync_fd(j->dir_fd);
}

int journal_append(struct journal *j, const struct record *rec)
{
	char line[LINE_BYTES];
	int len = record_print(line, sizeof(line), rec);
	struct stat before;
	int r;

	if (fstat(j->fd, &before) < 0)
		return -errno;
	r = write_line(j->fd, line, (size_t)len);
	if (r >= 0)
		r = sync_fd(j->fd);
	if (r < 0) {
		/* Half a line, or one that may not last, is taken back: the event is refused. */
		(void)ftruncate(j->fd, before.st_size);
		return r;
	}
	j->lines++;

	/* A full disk may keep the log from shrinking; the record itself is safe, so go on. */
	if (j->lines > JOURNAL_LINES_MAX)
		(void)rotate(j);
	return 0;
}

/* Cuts a torn last line off, so that the next record starts on a line of its own. */
static int replay_all(struct journal *j, FILE *in,
	void (*replay)(struct feeder *f, const struct record *rec), struct feeder *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	off_t whole = 0;
	struct record rec;
	int dropped = 0;

	while ((len = getline(&line, &size, in)) > 0) {
		if (line[len - 1] == '\n') {
			whole += len;
			j->lines++;
		}
		if (record_parse(line, (size_t)len, &rec) < 0)
			dropped++;
		else
			replay(f, &rec);
	}
	free(line);
	if (ferror(in))
		return -EIO;
	return ftruncate(j->fd, whole) < 0 ? -errno : dropped;
}

int journal_open(struct journal *j, const char *dir,
	void (*replay)(struct feeder *f, const struct record *rec), struct feeder *f,
	int *ret_dropped)
{
	int copy, r;
	FILE *in;

	*j = (struct journal){.dir_fd = -1, .fd = -1};
	j->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->dir_fd >= 0)
		j->fd = openat(j->dir_fd, LOG, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	copy = j->fd >= 0 ? fcntl(j->fd, F_DUPFD_CLOEXEC, 0) : -1;
	in = copy >= 0 ? fdopen(copy, "r") : NULL;
	if (!in) {
		r = -errno;
		if (copy >= 0)
			(void)close(copy);
		journal_close(j);
		return r;
	}
	r = replay_all(j, in, replay, f);
	(void)fclose(in);
	if (r >= 0) {
		*ret_dropped = r;
		r = sync_fd(j->dir_fd);
	}
	if (r < 0)
		journal_close(j);
	return r;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		(void)close(j->fd);
	if (j->dir_fd >= 0)
		(void)close(j->dir_fd);
	j->fd = j->dir_fd = -1;
}
