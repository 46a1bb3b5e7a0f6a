/*
 * The kernel's modules that an image names in load order, each a line "PATH PARAMETERS".
 */
#pragma once

/* `after` is called when one has been loaded or could not be. */
void modules_load(const char *list, void (*after)(void *ctx, const char *module), void *ctx);
