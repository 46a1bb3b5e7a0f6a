/*
 * The known word that somebody may have meant.  schema_nearest() looks through a list; this is for
 * words that come one by one.
 */
#pragma once

struct nearest {
	const char *word, *best; /* best NULL: none is near */
	int distance;
};

/* A third of the letters may be wrong. */
struct nearest nearest_to(const char *word);
void nearest_try(struct nearest *n, const char *candidate);
