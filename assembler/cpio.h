/*
 * A tree as a newc cpio, compressed with zstd: a segment of an initrd.  The kernel unpacks several
 * of them one after another, so each is made and cached by itself.  The same tree gives the same
 * bytes: no times, inode numbers counted from 1.  What a cpio cannot hold (xattrs) is left out.
 */
#pragma once

#include "arena.h"
#include "tree.h"

struct cpio_segment {
	const struct tree *tree;
	const char *what; /* for the progress line */
	const char *path; /* set: its file in the cache */
};

/*
 * Those that are not in the cache are made at the same time, as many as there are processors.
 * 0, or -1 after say_error().
 */
int cpio_segments(struct arena *a, struct cpio_segment segment[], size_t n);
/* Uncompressed or not, to a file descriptor.  0, or -1 after say_error(). */
int cpio_write(const struct tree *t, int fd, bool compress);
