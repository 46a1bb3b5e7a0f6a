/*
 * What a command line says about images: --pull, --locked, --authfile.
 */
#pragma once

#include "verb.h"

struct images {
	bool is_pull, is_locked;
	const char *authfile; /* NULL: skopeo's own places */
};

/* For getopt_long(): the options, and what to do with one of them. */
#define IMAGES_OPTIONS                                                                             \
	{"pull", no_argument, NULL, 'P'}, {"locked", no_argument, NULL, 'L'},                      \
	{                                                                                          \
		"authfile", required_argument, NULL, 'A'                                           \
	}
/* Whether it is one of them. */
bool images_option(struct images *o, int c, const char *value);

/* Into ctx, with NAME.lock beside the first of the YAML files.  0, or -1 with the reasons in
 * ctx->diag. */
int images_apply(const struct images *o, struct image_ctx *ctx, const char *config);
