/*
 * A tree as a newc cpio, compressed with zstd: a segment of an initrd.  The kernel unpacks several
 * of them one after another, so each is made and cached by itself.  The same tree gives the same
 * bytes: no times, inode numbers counted from 1.  What a cpio cannot hold (xattrs) is left out.
 */
#pragma once

#include "arena.h"
#include "tree.h"

/* The segment's file in the cache; made when it is not there.  NULL after say_error(). */
const char *cpio_segment(struct arena *a, const struct tree *t, const char *what);
/* Uncompressed or not, to a file descriptor.  0, or -1 after say_error(). */
int cpio_write(const struct tree *t, int fd, bool compress);
