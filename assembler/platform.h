/*
 * The platforms of an OCI image index: {os, architecture, variant}, as "linux/arm/v7".
 */
#pragma once

#include <jansson.h>

#include "arena.h"

/* NULL when the descriptor does not say, or is an attestation. */
const char *platform_name(struct arena *a, const json_t *descriptor);
/* Linux on `arch`, or it does not say. */
int platform_is(const json_t *descriptor, const char *arch);

/*
 * The digest of the entry of an index for Linux on `arch`; of several variants the newest that
 * every machine of the name runs (arm: v7), and among equals the first.  NULL: *ret_others names
 * what there is instead.
 */
const char *platform_choose(
	struct arena *a, const json_t *index, const char *arch, const char **ret_others);

/* "a, b": word is added unless it is there; either may be NULL. */
const char *platform_note(struct arena *a, const char *list, const char *word);
