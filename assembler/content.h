/*
 * A file's content from a tree into what libarchive writes: a tar, a cpio, the disk.
 */
#pragma once

#include "tree.h"

struct archive;

/* 0, or -1 after say_error(). */
int content_write(
	struct archive *out, const char *path, const struct tree *t, const struct tree_inode *f);
