/*
 * A program out of packages.lock, run with the libraries that are pinned with it: the same bytes
 * come out wherever nanny runs, and the host's own version, too old or too new, does not matter.
 */
#pragma once

#include "image_ctx.h"
#include "tree.h"

/*
 * The words that start it: a loader, its options, the program.  `packages` (NULL at the end) have
 * it and all it needs.  Unpacked into the cache once.  NULL after say_error().
 */
const char **pinned_program(
	struct image_ctx *ctx, const char *program, const char *const packages[]);

/* One file of a pinned package, one of loaders.h, for the image itself: into `to` as `as`.  0, or
 * -1 after say_error(). */
int pinned_file(struct image_ctx *ctx, const char *package, const char *arch, const char *path,
	struct tree *to, const char *as);
