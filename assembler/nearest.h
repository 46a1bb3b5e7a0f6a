/*
 * The known word that somebody may have meant.  nearest_word() looks through a list; the rest is
 * for words that come one by one.
 */
#pragma once

#include <stddef.h>

struct nearest {
	const char *word;
	const char *best; /* NULL: none is near */
	int distance;
	const char *longer; /* it begins with the word */
	size_t n_longer;
};

/* A third of the letters may be wrong. */
struct nearest nearest_to(const char *word);
void nearest_try(struct nearest *n, const char *candidate);
/* The only one that begins with the word, else the nearest; NULL when none is near. */
const char *nearest_best(const struct nearest *n);

/* Of words (ends with NULL). */
const char *nearest_word(const char *word, const char *const words[]);
