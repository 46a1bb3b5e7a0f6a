/*
 * Pinned Debian packages: into the cache, checked, and out of it.
 */
#pragma once

#include "lock.h"
#include "tree.h"

/*
 * The package's file in the cache; downloads it once with apt's own downloader (proxies, mirrors
 * and credentials are apt's) and checks size and sha256.  NULL after say_error().
 */
const char *deb_fetch(struct arena *a, const struct lock_entry *e);

/* Asked for every path in the package ("usr/bin/runc"); returns where it goes, or NULL to leave it.
 */
typedef const char *deb_pick(void *ctx, const char *path);

/* Files of data.tar into a tree; hard links and symlinks as they are.  0, or -1 after say_error().
 */
int deb_extract(const char *deb_file, struct tree *t, deb_pick *pick, void *ctx);

/* Debian's name of the machine that nanny runs on. */
const char *deb_host_arch(void);
