/*
 * nanny build: YAML, images and a board → N-kernel, N-initrd.img, N-cmdline.
 */
#pragma once

#include "verb.h"

struct build {
	const char *board;    /* NULL: the default one */
	const char *output;   /* the folder */
	const char *name;     /* NULL: the first file's name without .yml */
	bool json, is_silent; /* is_silent: no summary */
	const char *const *configs;
	size_t n_configs;
};

#define DEFAULT_BOARD "qemu-x86_64"

/* "OUTPUT/NAME": what the three files begin with. */
const char *build_base(struct arena *a, const struct build *b);
/* Exit status. */
int build_system(struct verb_env *env, const struct build *b);
