/*
 * Names that must be one of a kind, and names that must exist, over all files of a system.
 * Inside of config.c; nodes may be of any shape, since wrong files are looked at too.
 */
#pragma once

#include "config.h"

void refs_check(struct arena *a, const struct config *c, struct diag *d);
/* The words of after: (config_after.c). */
void refs_check_after(struct arena *a, const struct config *c, struct diag *d);
/* A uid or gid: a number, "" or root for 0, or a container's name.  NULL is 0. */
void refs_id(const struct config *c, struct diag *d, const struct ynode *n, unsigned *ret);
