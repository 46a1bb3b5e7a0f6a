/*
 * The control socket's server (lib/verb.h has the protocol).  A fixed number of clients; each has a
 * bounded request, a time limit to send it, and a buffer that is refilled as it reads: nobody can
 * hold PID 1 up or make it grow.  When all places are taken, the one who has been longest about a
 * request makes room, then the oldest follower of a log.  What a client waits for (a stop to be
 * complete) is looked at after every decision.  Owns the sockets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/verb.h"
#include "ring.h"

enum {
	CTL_CLIENTS = 32,
	CTL_OUT = 16384, /* a record of a ring, escaped, fits at least twice */
};

struct machine;

enum ctl_stage {
	CTL_FREE,
	CTL_REQUEST, /* the line is coming in */
	CTL_ANSWER,  /* `verb` produces */
	CTL_LAST,    /* the last object is in the buffer; closes when it is sent */
};

struct ctl_client {
	enum ctl_stage stage;
	int fd;
	uint32_t events;  /* what epoll watches for */
	uint64_t since;   /* its number: who was first */
	int64_t deadline; /* for the request, or for a wait; INT64_MAX */
	enum verb verb;
	bool follow, begun;
	bool crashed;     /* logs: the last words of runs that ended badly */
	size_t container; /* index; CTL_OF_INIT: PID 1's own log */
	size_t next;      /* status: the next container to print */
	uint32_t starts;  /* start, restart: its count when asked */
	struct ring_cursor cursor;
	size_t in_len, out_len, out_sent;
	char in[CONTROL_REQUEST_MAX + 1];
	char *out; /* CTL_OUT bytes */
};

#define CTL_OF_INIT   SIZE_MAX
#define CTL_OF_EVENTS (SIZE_MAX - 1)

struct ctl {
	int listen_fd;
	struct ctl_client *client; /* CTL_CLIENTS */
	uint64_t served, refused;
};

/* -errno; without a socket the machine runs, but cannot be asked. */
int ctl_open(struct machine *m, const char *path);
void ctl_accept(struct machine *m);
void ctl_ready(struct machine *m, size_t i, uint32_t events);
/* After the decisions of a turn: answers that have become possible, deadlines. */
void ctl_settle(struct machine *m);
int64_t ctl_next_deadline(const struct machine *m);
