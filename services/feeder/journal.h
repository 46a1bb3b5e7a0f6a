/*
 * The feeding log on disk: a line per event, `TIME KIND GRAMS LEVEL`, appended and synced before
 * anything moves.  Owns the file.  A line torn by a crash or a power cut is dropped when the log is
 * opened; old lines are rotated away by rename, so the log is whole at every moment.
 */
#pragma once

#include "feeder.h"

#define JOURNAL_LINES_MAX  1000
#define JOURNAL_LINES_KEEP 500

struct journal {
	int dir_fd;
	int fd;
	int lines;
};

/* Calls replay for every good record, oldest first.  *ret_dropped: lines that were none. */
int journal_open(struct journal *j, const char *dir,
	void (*replay)(struct feeder *f, const struct record *rec), struct feeder *f,
	int *ret_dropped);
int journal_append(struct journal *j, const struct record *rec);
void journal_close(struct journal *j);

/* LINE ends with its newline.  0 or -EBADMSG. */
int record_parse(const char *line, size_t len, struct record *ret_rec);
/* Returns the length, newline included. */
int record_print(char *buf, size_t size, const struct record *rec);
