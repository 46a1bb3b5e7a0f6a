/*
 * What a build was made of and what it made, so that the next one can see in milliseconds that
 * nothing changed.  Inputs are compared by content, outputs by size and time.
 */
#pragma once

#include <stdbool.h>

#include "arena.h"

struct stamp;

/* `key`: everything on the command line that decides what is built, and where. */
struct stamp *stamp_new(struct arena *a, const char *key);
/* A file that was read, or one that would have been, had it been there.  s may be NULL. */
void stamp_input(struct stamp *s, const char *path);

/* Whether a build with the same key was saved, its inputs have not changed and its outputs are
 * there. */
bool stamp_is_fresh(struct stamp *s);
/* 0, or -1 after say_error(). */
int stamp_save(struct stamp *s, const char *const outputs[], size_t n_outputs);
