/*
 * What is wrong with the user's files.  Errors are collected, so that one run shows them all:
 *
 *   FILE:LINE:COLUMN: what is wrong and what would be right
 *       the line itself
 *       ^
 *
 * diag_error() is for input (exit status 2); say_error() is for the world around us: a disk, the
 * network, a program that failed (exit status 1).  Neither ends the program.
 * The same mistake at the same place is shown once; control characters become '?'.
 */
#pragma once

#include "mark.h"

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *d);

void diag_error(struct diag *d, struct mark at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Grows with every call of diag_error(), also for what is known already. */
int diag_count(const struct diag *d);

/* Prints the errors sorted by file, line and column to stderr, and how many there were. */
void diag_print(const struct diag *d);
/* The same as a JSON array of {file, line, column, message} on stdout. */
void diag_print_json(const struct diag *d);

/* "nanny: …" on stderr.  Returns -1, so that callers can `return say_error(…)`. */
int say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line of progress on stderr; nothing with --quiet. */
void say_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_quiet(void);
