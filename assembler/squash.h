/*
 * A read-only root as a file: squashfs or erofs, with owners, modes, devices and xattrs of the
 * tree, made by an ordinary user because the tools read a tar.  The same tree gives the same bytes;
 * all times are 0.  Cached by content.
 */
#pragma once

#include "image_ctx.h"
#include "tree.h"

enum squash_kind {
	SQUASH_SQUASHFS, /* zstd */
	SQUASH_EROFS,    /* lz4hc */
};

/* The file in the cache; made when it is not there.  NULL after say_error(). */
const char *squash_image(struct image_ctx *ctx, const struct tree *t, enum squash_kind kind);
