/*
 * The layout of RAM that keeps its content over a reset: pure, no calls.
 *
 *   0      a short text (ledger.h), copy A
 *   512    copy B
 *   1024   the last words: a ring of pieces of text, to the end
 *
 * A reset may cut any write short, and RAM without power forgets by bits, so everything carries a
 * sum.  The text is written to its two copies in turn: a write that is cut short leaves the one
 * before.  A piece that is cut short, or half overwritten, is not there.  Both sides are the same
 * machine: the numbers are in its own order of bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEPT_SIZE = 64 * 1024,
	KEPT_HEAD = 24,
	KEPT_COPY = 512,
	KEPT_TEXT_MAX = KEPT_COPY - KEPT_HEAD,
	KEPT_WORDS = 2 * KEPT_COPY, /* where the ring begins */
	KEPT_ALIGN = 32,            /* pieces begin at multiples of it */
	KEPT_PIECE_MAX = 4096,      /* bytes of text in one */
};

struct kept_head {
	uint32_t magic, crc; /* of all that follows it in the head, and the text */
	uint32_t seq;     /* counts up with each write, over boots: the text's, or of the pieces */
	uint32_t boot;    /* a piece: who wrote it */
	uint32_t time_ms; /* a piece: since that boot's start */
	uint32_t len;
};
_Static_assert(sizeof(struct kept_head) == KEPT_HEAD, "the head has no holes");

/*
 * Between the RAM itself and a buffer: `at` is a multiple of 4, and nothing but aligned accesses of
 * 4 bytes are made, which is all that memory past the caches takes on some machines.  A store goes
 * up to the next multiple of 4.
 */
void kept_load(void *to, const void *ram, size_t at, size_t len);
void kept_store(void *ram, size_t at, const void *from, size_t len);

/* The newest whole copy, in `ram` (KEPT_SIZE bytes); NULL when there is none. */
const char *kept_text(const void *ram, uint32_t *ret_seq, size_t *ret_len);
/* What is to be written for it into `buf` (KEPT_COPY bytes); its size, and where it goes. */
size_t kept_put_text(void *buf, uint32_t seq, const char *text, size_t len, size_t *ret_at);

/* A piece into `buf` (KEPT_HEAD + KEPT_PIECE_MAX bytes); *at is where the ring goes on. */
size_t kept_put_piece(
	void *buf, struct kept_head head, const char *text, size_t *at, size_t *ret_at);

/*
 * The pieces of one boot, the oldest first, without those that something is missing after.  How
 * many; `ret` takes up to `max` of them, the newest.
 */
struct kept_piece {
	uint32_t seq, time_ms, len;
	const char *text;
};
size_t kept_pieces(const void *ram, uint32_t boot, struct kept_piece *ret, size_t max);
