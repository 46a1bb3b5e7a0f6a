/*
 * Images under other names: a YAML's image is taken from elsewhere, the YAML stays as it is.
 *
 *   linuxkit/dhcpcd: nanny/dhcp      with any tag or digest: that image instead, wherever it is
 * found alpine:3.20: ./images/alpine     with this tag only, which comes first: the component in a
 * folder beside this file linuxkit/kernel: board           as kernel.image: the board's kernel
 *
 * Names are compared complete: "redis" is "docker.io/library/redis".  An alias of an alias is none.
 */
#pragma once

#include <stdbool.h>

#include "image_ctx.h"

/* Reads a file into ctx->aliases, its folders into ctx->components.  -1: the reasons are in
 * ctx->diag. */
int alias_load(struct image_ctx *ctx, const char *path);
/* What to look for instead of a name: the name itself when it has no alias. */
const char *alias_of(const struct image_ctx *ctx, const char *name);
/* Whether a name stands for the board's kernel. */
bool alias_is_board(const struct image_ctx *ctx, const char *name);
