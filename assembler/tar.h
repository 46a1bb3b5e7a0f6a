/*
 * A tree as an uncompressed tar: the layer of an image.  All times are 0; hard links and xattrs
 * stay.
 */
#pragma once

#include "tree.h"

/* 0, or -1 after say_error(). */
int tar_write(const struct tree *t, int fd);
