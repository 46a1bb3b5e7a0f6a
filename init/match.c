#include "match.h"

#include <string.h>

/* The longest beginning of the text that ends its first `len` bytes and is shorter than them. */
static size_t border(const char *text, size_t len)
{
	for (size_t n = len - 1; n > 0; n--) {
		if (memcmp(text, text + len - n, n) == 0)
			return n;
	}
	return 0;
}

bool match_more(const char *text, uint8_t *state, const char *piece, size_t len)
{
	const size_t whole = strlen(text);
	size_t have = *state;

	for (size_t i = 0; i < len; i++) {
		while (have && text[have] != piece[i])
			have = border(text, have);
		have += text[have] == piece[i];
		if (have == whole) {
			*state = 0;
			return true;
		}
	}
	*state = (uint8_t)have;
	return false;
}
