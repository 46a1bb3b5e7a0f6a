/*
 * Small things done with file descriptors.  Quiet: 0 or -errno.
 */
#pragma once

#include "tree.h"

int io_write(int fd, const void *data, size_t size); /* all of it */
int io_write_inode(int fd, const struct tree *t, const struct tree_inode *f);
int io_copy(int from, int to);      /* to the end */
int io_make_dirs(const char *path); /* with all its parents */
/* A new file without a name, in TMPDIR or /var/tmp: an image may be larger than a /tmp in memory.
 */
int io_temp(void);
void io_remove_all(const char *path); /* a folder and what is in it, as far as that goes */
