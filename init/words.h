/*
 * What has been said in this turn of the loop, to be left to the next boot: pure memory.  The
 * beginning of more than KEPT_PIECE_MAX bytes is overwritten.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kept.h"

struct words {
	char said[KEPT_PIECE_MAX];
	uint64_t head, tail; /* bytes ever put in; ever taken out */
};

/* "[who] text\n" */
void words_line(struct words *w, const char *who, const char *text, size_t len);
/* All there is, into `to` (KEPT_PIECE_MAX bytes): whole lines; how many bytes. */
size_t words_take(struct words *w, char *to);
