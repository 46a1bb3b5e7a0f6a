/*
 * The programs that make file systems and disks: mksquashfs, mtools, sfdisk, xorriso and so on.
 * They run without a shell and without what could make the bytes differ from machine to machine:
 * the clock (SOURCE_DATE_EPOCH), the time zone, the language, a user's settings.  What they print
 * is shown when they fail, else dropped.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "arena.h"

/* Writes the program's standard input; 0, or -1 after say_error(). */
typedef int tool_feed(void *ctx, int fd);

struct tool {
	const char *const *argv;
	const char *file; /* NULL: the host's own, by its name */
	int64_t date;     /* SOURCE_DATE_EPOCH */
	tool_feed *feed;  /* NULL: it reads nothing */
	void *ctx;
	int out;          /* a file that takes what it prints to standard output; 0: as above */
	uint64_t out_max; /* 0, or: it reads what may be crafted, and has a bound for files … */
};

#define TOOL_SECONDS_MAX 300 /* … and for the processor's time */

/* 0, or -1 after say_error(); one that is not installed is said with its Debian package. */
int tool_run(struct arena *a, const struct tool *t);
/* The same for a text on its standard input. */
int tool_run_text(struct arena *a, int64_t date, const char *const argv[], const char *text);
