/*
 * What the parts of nannyctl share: its options, and asking PID 1.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

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
const char *string_of(const json_t *o, const char *key);

/* `logs --previous`: what the last boot has left; name NULL: all of it. */
int nannyctl_previous(const struct options *o, const char *name);
/* `board`: what PID 1 knows of the machine, and what its sensors say. */
int nannyctl_board(const struct options *o, const char *name);
/* `boot`: the timeline as a table, JSON or a picture. */
int nannyctl_boot(const struct options *o, const char *name);
