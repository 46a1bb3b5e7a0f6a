/*
 * Licences as SPDX expressions, from what packages say of themselves.
 */
#pragma once

#include "lock.h"

/*
 * Debian's /usr/share/doc/NAME/copyright (machine-readable copyright format 1.0): the licence of
 * "Files: *".  NULL when it does not say, or says something that SPDX has no name for.
 */
const char *licence_of_copyright(struct arena *a, const char *text);
/* An expression, Debian's or SPDX's words; NULL as above. */
const char *licence_of_words(struct arena *a, const char *words);
/* Of a pinned package; what it says is kept in the cache.  -1 after say_error(). */
int licence_of_deb(struct arena *a, const struct lock_entry *e, const char **ret);
