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
	bool json, follow, crashed, previous, svg;
	int64_t lines;
	const char *socket;
};

/* A line on stderr; gives `status` back. */
int say(int status, const char *what, const char *why);
/* Each object of the answer goes to `take`, the last (ok or error) decides the exit status. */
int run_request(
	const struct options *o, const char *request, void (*take)(void *, json_t *), void *ctx);
/*
 * Each object of the answer to `take`, until the last.  The exit status: 0, or what the error's
 * code stands for.
 */
int read_answer(FILE *f, void (*take)(void *, json_t *), void *ctx);
const char *string_of(const json_t *o, const char *key);
