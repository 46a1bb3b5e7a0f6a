/*
 * The pinned packages whose bytes start a system and are not in it: boot loaders, firmware, EFI
 * stubs.  They are known before anything is made, from the formats and the board, because the bill
 * of materials is part of the system; what is not on this list gets into no image (pinned_file()).
 */
#pragma once

#include "format.h"
#include "image_ctx.h"

/* Into ctx->loaders; 0, or -1 with the reason in ctx->diag. */
int loaders_find(struct image_ctx *ctx, const struct format_list *formats);
bool loaders_has(const struct image_ctx *ctx, const char *package);
