/*
 * $XDG_CACHE_HOME/nanny (or ~/.cache/nanny): what was downloaded or made, by content.  Several
 * commands may use it at once: files appear whole or not at all (temporary name, fsync, rename).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

/* "…/nanny/KIND/NAME"; the folder KIND exists afterwards.  NULL after say_error(). */
char *cache_path(struct arena *a, const char *kind, const char *name);

/* A temporary file beside `path`; -1 after say_error(). */
int cache_begin(struct arena *a, const char *path, char **ret_tmp);
/* fsync, rename to path; closes fd.  On failure the temporary file is gone. */
int cache_commit(int fd, const char *tmp, const char *path);
void cache_abort(int fd, const char *tmp);

/*
 * For what is named by what it was made of, so that its name cannot tell whether it is whole: with
 * a sum beside it.
 */
int cache_commit_summed(struct arena *a, int fd, const char *tmp, const char *path);
/* Is it there, as it was committed?  A damaged one is not, and is made again in its place. */
bool cache_has(const char *path);
