#include "nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
	WORD_MAX = 48,  /* longer words are nobody's typing mistake */
	PREFIX_MIN = 3, /* shorter ones begin too many others */
};

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/*
 * Letters to insert, delete, replace or swap with their neighbour; case does not count
 * (optimal string alignment, three rows of the matrix).
 */
static int word_distance(const char *a, const char *b)
{
	int rows[3][WORD_MAX + 1];
	int *before = rows[0], *last = rows[1], *now = rows[2], *t;
	int la = (int)strlen(a), lb = (int)strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (int k = 0; k <= lb; k++)
		last[k] = k;
	for (int i = 1; i <= la; i++) {
		now[0] = i;
		for (int k = 1; k <= lb; k++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[k - 1]);

			now[k] =
				smaller(smaller(last[k], now[k - 1]) + 1, last[k - 1] + (ca != cb));
			if (i > 1 && k > 1 && ca == tolower((unsigned char)b[k - 2]) &&
				cb == tolower((unsigned char)a[i - 2]))
				now[k] = smaller(now[k], before[k - 2] + 1);
		}
		t = before;
		before = last;
		last = now;
		now = t;
	}
	return last[lb];
}

struct nearest nearest_to(const char *word)
{
	int len = (int)strnlen(word, WORD_MAX);

	return (struct nearest){.word = word,
		.distance = (len < 2          ? 0
				    : len < 3 ? 1
					      : len / 3) +
			    1};
}

void nearest_try(struct nearest *n, const char *candidate)
{
	int distance = word_distance(n->word, candidate);
	size_t len = strlen(n->word);

	if (distance < n->distance) {
		n->distance = distance;
		n->best = candidate;
	}
	if (strlen(candidate) < len)
		len = strlen(candidate);
	if (len >= PREFIX_MIN && strncasecmp(candidate, n->word, len) == 0) {
		n->akin = candidate;
		n->n_akin++;
	}
}

const char *nearest_best(const struct nearest *n)
{
	return n->n_akin == 1 ? n->akin : n->best;
}

const char *nearest_word(const char *word, const char *const words[])
{
	struct nearest n = nearest_to(word);

	for (; *words; words++)
		nearest_try(&n, *words);
	return nearest_best(&n);
}
