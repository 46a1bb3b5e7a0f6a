/*
 * Reads what a kernel unpacks as its initramfs (newc, "070701"): archives one after the other, with
 * zeros between them, plain first and compressed after.
 */
#pragma once

#include <stddef.h>

#include "tree.h"

/* Whether the bytes may be the beginning of one: a magic, or a compression's. */
int newc_is(const void *data, size_t size);
/* Into t, a later file replacing an earlier.  0, or -1 after say_error() which names `file`. */
int newc_read(const char *file, const void *data, size_t size, struct tree *t);
