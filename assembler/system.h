/*
 * The whole system of an image: what the YAML asks for, put into a layout and cut into segments.
 */
#pragma once

#include "layout.h"

/* 0, or -1: the reasons are in ctx->diag or were said.  system_free() in either case. */
int system_make(
	struct image_ctx *ctx, const struct config *c, const struct kernel *k, struct layout *ret);
void system_free(struct layout *l);
