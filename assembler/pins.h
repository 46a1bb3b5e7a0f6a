/*
 * NAME.lock beside NAME.yml: what each image was when `nanny lock` looked, so that the same YAML
 * gives the same bytes later.
 *
 *   # comment
 *   IMAGE DIGEST
 *
 * IMAGE is the completed name ("docker.io/library/redis:7"), or "oci:…" and "docker-archive:…" as
 * written.  DIGEST is that of what the name stands for, for several platforms the index: one lock
 * file serves every board.  Of an archive it is the file's.  Components are not in it: they are
 * made of this tree and of packages.lock.
 */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "diag.h"

struct pin {
	const char *image, *digest;
};

struct pins {
	const char *file;
	struct pin *pin;
	size_t n;
};

/* "goat.lock" for "goat.yml", in the same folder. */
const char *pins_file(struct arena *a, const char *config);
/* Empty when there is no such file.  NULL with the reasons in d. */
struct pins *pins_load(struct arena *a, struct diag *d, const char *file);
/* NULL: not pinned. */
const char *pins_get(const struct pins *p, const char *image);
/* Sorted; the file is replaced as a whole.  0, or -1 after say_error(). */
int pins_save(struct arena *a, const struct pins *p, const char *config);

/* "sha256:" and 64 hex digits, nothing else. */
int digest_is_good(const char *s);
