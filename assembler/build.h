/*
 * nanny build: YAML, images and a board → what the formats ask for (format.h).
 */
#pragma once

#include "images.h"

struct build {
	const char *board;    /* NULL: the default one */
	const char *output;   /* the folder */
	const char *name;     /* NULL: the first file's name without .yml */
	const char *formats;  /* "F,F…"; NULL: FORMAT_DEFAULT */
	const char *size;     /* of a disk, as it was given; NULL: as small as possible */
	const char *alias;    /* NULL: every image under its own name (alias.h) */
	const char *key;      /* the secret key of slots; NULL: the development key */
	const char *version;  /* of a slot; NULL: its root hash's first digits */
	const char *security; /* its security version, as it was given; NULL: 0 */
	bool both_slots;      /* of a disk: b is filled like a */
	bool json, is_silent; /* is_silent: no summary */
	struct images images;
	bool no_sbom;            /* in the image */
	const char *sbom_output; /* the bill of materials as a file too; NULL: none */
	const char *const *configs;
	size_t n_configs;
};

#define DEFAULT_BOARD "qemu-x86_64"

/* "OUTPUT/NAME": what the files begin with. */
const char *build_base(struct arena *a, const struct build *b);
/* What it is written as: --format, or the board's default. */
const char *build_formats(struct verb_env *env, const struct build *b);
/* Exit status. */
int build_system(struct verb_env *env, const struct build *b);
