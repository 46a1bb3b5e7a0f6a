/*
 * packages.lock: the Debian packages this tree is built from, pinned by version and sha256.
 *
 *   # comment
 *   NAME ARCH SUITE VERSION SIZE SHA256 ARCHIVE PATH
 *
 * ARCH is a Debian architecture, or "source" (then there is a line per file of the source package).
 * A kernel is a line for each package of its release: newer ones have the modules in another one
 * than the image.  One name may be there from several suites.
 * ARCHIVE is the last part of the mirror's base address ("debian", "debian-security"): the mirror
 * itself is the one that the machine's own apt sources name.  `make lock` refreshes every line.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"

struct lock_entry {
	const char *name, *arch, *suite, *version, *sha256, *archive, *path;
	int64_t size;
	struct mark at;
};

struct lock {
	const char *file;
	struct lock_entry *entry;
	size_t n;
	int64_t date; /* seconds since the epoch, from the "# date" line: the floor of the clock */
};

struct lock *lock_load(struct arena *a, struct diag *d, const char *path);
/*
 * The lines of a package, one after the other: `last` is NULL for the first one, which is of
 * `suite`, or with NULL of any; those behind it are of the same suite.  NULL when there is none.
 */
const struct lock_entry *lock_next(const struct lock *l, const struct lock_entry *last,
	const char *name, const char *arch, const char *suite);
/* "…/linux-image-6.1%2bdeb_6.1_amd64.deb" → "linux-image-6.1+deb": the lock's name may be shorter.
 */
const char *lock_package_name(struct arena *a, const struct lock_entry *e);
/* The first of any suite; ARCH or "all". */
const struct lock_entry *lock_find(const struct lock *l, const char *name, const char *arch);
