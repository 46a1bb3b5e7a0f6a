/*
 * The last output of one container: records in a ring of fixed size, oldest overwritten first, so a
 * service can never be slowed or the machine filled by what it prints.  Pure memory, no calls.
 *
 * A record is a piece of one stream's output: a line, or a part of one (RING_PARTIAL: its end
 * follows in a later record of the same stream).  A reader holds a position, which is a count of
 * all bytes ever written, and learns how many records it has lost when the ring has gone on without
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ring_stream {
	RING_OUT, /* the container's stdout */
	RING_ERR, /* its stderr, and the runtime's */
	RING_SYS, /* what PID 1 says about it */
};

enum {
	RING_RECORD_MAX = 1024, /* bytes of text in one record; LinuxKit's memlogd has the same */
};

struct ring {
	char *bytes; /* the owner's; a power of two in size */
	uint32_t size;
	uint64_t head, tail;          /* bytes ever written; the oldest record still there */
	uint64_t first_seq, next_seq; /* number of the record at tail; of the next one */
	uint64_t taken, dropped;      /* bytes of text and newlines ever written; overwritten */
};

struct ring_record {
	int64_t time_ms;
	uint64_t seq;
	uint16_t len;
	uint8_t stream;
	bool partial;
	char text[RING_RECORD_MAX];
};

struct ring_cursor {
	uint64_t at;
	uint64_t seq;
};

/*
 * `size` is a power of two and at least 4 KiB; the memory is not touched before the first record.
 * Without bytes (NULL) all that is written is dropped, and counted.
 */
void ring_init(struct ring *r, void *bytes, uint32_t size);

/* Splits text into lines (newline not stored) and pieces of RING_RECORD_MAX.  Never fails. */
void ring_write(struct ring *r, int64_t now_ms, enum ring_stream s, const char *text, size_t len);

/* One whole line, without a newline in it. */
void ring_line(struct ring *r, int64_t now_ms, enum ring_stream s, const char *text, size_t len);

struct ring_cursor ring_oldest(const struct ring *r);
/* Where a reader starts to get the last `lines` records. */
struct ring_cursor ring_last(const struct ring *r, uint64_t lines);
/* The time of the next record, or of the oldest when that has been overwritten; false at the end.
 */
bool ring_peek(const struct ring *r, const struct ring_cursor *c, int64_t *ret_time_ms);
/* All records so far are gone; readers learn of it as of any loss. */
void ring_forget(struct ring *r);
/* False at the end.  ret_lost: records overwritten since the cursor was last used. */
bool ring_next(const struct ring *r, struct ring_cursor *c, struct ring_record *ret_rec,
	uint64_t *ret_lost);
