/*
 * Where the content of every tree lies: one unlinked temporary file for the process, so that
 * grafting a tree into another copies nothing.  Only tree.c uses it.  Holes stay holes.
 */
#pragma once

#include "tree.h"

void store_acquire(void);
void store_release(void); /* the last one closes the file */

/* Appends; sets offset, size and sha256. */
int store_add(tree_source *source, void *ctx, struct tree_inode *ret_inode);
ssize_t store_read(const struct tree_inode *f, void *buf, size_t size, off_t at);
