/*
 * What the parts of nannyctl share: its options, and asking PID 1.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DEGRADED = 3,
};

struct options {
	char given[32]; /* the options' letters, as they came */
	int64_t lines;  /* 'n', or what it is without */
	const char *socket;
};

bool options_have(const struct options *o, char letter);

/* "nannyctl: WHAT: WHY" on stderr, what it is about first; gives `status` back. */
int say(int status, const char *what, const char *why);
/* A connection on which this has been asked, to read_answer(); NULL when it has said why not. */
FILE *ask(const struct options *o, const char *request);
FILE *ask_socket(const char *path, const void *request, size_t len);
/*
 * Each object of the answer goes to `take`, if there is one; the last (ok or error) decides the
 * exit status.
 */
int run_request(
	const struct options *o, const char *request, void (*take)(void *, json_t *), void *ctx);
/*
 * Each object of the answer to `take`, until the last.  The exit status: 0, or what the error's
 * code stands for.  `about`: the container that an error is said of; NULL: none.
 */
int read_answer(FILE *f, const char *about, void (*take)(void *, json_t *), void *ctx);
const char *string_of(const json_t *o, const char *key);
