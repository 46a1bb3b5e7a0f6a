/*
 * packages.lock: the Debian packages this tree is built from, pinned by version and sha256.
 *
 *   # comment
 *   NAME ARCH SUITE VERSION SIZE SHA256 ARCHIVE PATH
 *
 * ARCH is a Debian architecture, or "source" (then there is a line per file of the source package).
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
/* ARCH or "all"; NULL when there is none. */
const struct lock_entry *lock_find(const struct lock *l, const char *name, const char *arch);
