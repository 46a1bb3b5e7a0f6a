/*
 * A component (component.h) → an image in the local layout.  Made again only when its inputs
 * changed: build.yml, its files, the binaries, the pins of its packages.
 */
#pragma once

#include "image_ctx.h"
#include "tree.h"

/* 0, or -1: the reason is in ctx->diag or was said. */
int pkg_build(struct image_ctx *ctx, const struct component *c);
/*
 * The files of a component that is no image, such as what a board's firmware needs.  NULL: as
 * above.  The caller frees it.
 */
struct tree *pkg_tree(struct image_ctx *ctx, const struct component *c);
