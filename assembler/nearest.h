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
	const char *akin; /* it begins with the word, or the word with it */
	size_t n_akin;
};

/* A third of the letters may be wrong; of one letter, none. */
struct nearest nearest_to(const char *word);
void nearest_try(struct nearest *n, const char *candidate);
/* The only one that begins with the word or the word with it, else the nearest; NULL when none is
 * near. */
const char *nearest_best(const struct nearest *n);

/* Of words (ends with NULL). */
const char *nearest_word(const char *word, const char *const words[]);
