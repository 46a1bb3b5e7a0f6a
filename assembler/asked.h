/*
 * What an entry asks of the supervisor (lib/policy.h), wherever it stands: as a key of ours, or as
 * the annotation of the same meaning, which LinuxKit's schema takes too.
 */
#pragma once

#include "yaml.h"

enum {
	ASKED_MAX = 256, /* longer than any value that is taken */
};

/*
 * The value of KEY as one text, lists joined by spaces; false when the entry (which may be NULL)
 * has none.  ret_at may be NULL.
 */
bool asked_text(
	const struct ynode *entry, const char *key, char buf[ASKED_MAX], struct mark *ret_at);
/* Where the n-th word of that text stands, from 0. */
struct mark asked_word(const struct ynode *entry, const char *key, size_t n);
/* Of a value by itself. */
void asked_join(const struct ynode *value, char buf[ASKED_MAX]);
