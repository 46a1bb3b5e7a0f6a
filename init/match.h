/*
 * A text looked for in a stream that comes in pieces (Knuth, Morris, Pratt): pure, without going
 * back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `state` is 0 at the beginning; true when the text (at most 255 bytes) has been seen to its end.
 */
bool match_more(const char *text, uint8_t *state, const char *piece, size_t len);
