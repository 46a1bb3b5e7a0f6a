/*
 * The sockets of LinuxKit's memlogd, so that its logread and logwrite work unchanged.
 *
 * MEMLOG_QUERY: a client sends one byte (enum memlog_mode) and gets lines of JSON,
 * {"time":RFC 3339,"source":NAME,"msg":TEXT}, those of all rings together in the order of time.  A
 * container's stderr is NAME, its stdout NAME.out, PID 1's own words "init"; before a one-shot's
 * folder stands "onboot." or "shutdown.".  A reader that is too slow loses lines, as with memlogd.
 *
 * MEMLOG_TAKE: a datagram with a pipe or socket (SCM_RIGHTS) and the name of a source: what comes
 * out of it is kept in a ring of its own.  When its writer has closed it, the lines stay until the
 * place is needed.
 *
 * Both are for root (mode 0600).  Places are few and everything is non-blocking.  Owns the fds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define MEMLOG_QUERY "/var/run/memlogdq.sock"
#define MEMLOG_TAKE  "/var/run/linuxkit-external-logging.sock"

enum {
	MEMLOG_CLIENTS = 8,
	MEMLOG_SOURCES = 16,
	MEMLOG_SOURCE_RING = 16 * 1024,
	MEMLOG_NAME_MAX = 128,
	MEMLOG_OUT = 16384, /* the longest line, escaped, fits at least twice */
};

/* The first three are memlogd's. */
enum memlog_mode {
	MEMLOG_DUMP,
	MEMLOG_FOLLOW,
	MEMLOG_DUMP_FOLLOW, /* what writes logs to disks asks for; its place is its own */
	MEMLOG_DUMP_WATCH,  /* as before, from one who looks on and gives way */
	MEMLOG_MODE_N
};

enum memlog_stage {
	MEMLOG_FREE,
	MEMLOG_ASKED,  /* its byte has not come */
	MEMLOG_ANSWER, /* lines are being written */
};

/* How far a client is in one ring. */
struct memlog_at {
	struct ring_cursor next;
	uint64_t joined[RING_SYS + 1]; /* before this number: part of a line already written */
};

struct memlog_client {
	enum memlog_stage stage;
	bool follow, more; /* more: there are lines that it has not got room for */
	bool stays;        /* it is not made to give way */
	int fd;
	uint32_t events;
	int64_t deadline; /* for the byte; INT64_MAX */
	uint64_t since;
	int64_t wall; /* what the wall clock is ahead of the monotonic one, in ms */
	size_t out_len, out_sent;
	char *out;            /* MEMLOG_OUT bytes */
	struct memlog_at *at; /* of PID 1's ring, the sources', then the containers' */
};

struct memlog_source {
	int fd; /* -1: its writer has gone */
	uint64_t since;
	char name[MEMLOG_NAME_MAX];
	struct ring ring;
};

struct memlog {
	int query_fd, take_fd;
	struct memlog_client *client; /* MEMLOG_CLIENTS; NULL: not open */
	struct memlog_source *source; /* MEMLOG_SOURCES */
	uint64_t served, refused;
};

struct machine;

/* -errno; without it the machine runs, but LinuxKit's log programs find nothing. */
int memlog_open(struct machine *m, const char *query, const char *take);
void memlog_accept(struct machine *m);
void memlog_take(struct machine *m);
void memlog_source_ready(struct machine *m, size_t i);
void memlog_client_ready(struct machine *m, size_t i, uint32_t events);
/* After a turn's facts: lines that are due, bytes that were waited for in vain. */
void memlog_settle(struct machine *m);
int64_t memlog_next_deadline(const struct machine *m);
