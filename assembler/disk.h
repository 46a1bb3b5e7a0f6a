/*
 * A tree onto the disk: the toolchain's sysroots are made this way.  Nothing is written outside the
 * folder, whatever symlinks the tree or the folder holds.  Owners and devices are left out.
 */
#pragma once

#include "tree.h"

/* The folder is made when it is not there.  0, or -1 after say_error(). */
int disk_write(const struct tree *t, const char *dir);
