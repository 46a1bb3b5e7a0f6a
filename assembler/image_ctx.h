/*
 * What looking for images needs, and how images are named: below everything that finds or makes
 * one.
 */
#pragma once

#include <stdbool.h>

#include "board.h"
#include "component.h"
#include "lock.h"
#include "pins.h"
#include "stamp.h"

struct image;
struct alias;

/* What every image needs to be found; made once per command. */
struct image_ctx {
	struct arena *arena;
	struct diag *diag;
	const char *root; /* the source tree: boards/, onboot/, build/ */
	const struct board *board;
	const struct lock *lock;
	struct component **components;
	size_t n_components;
	struct alias *aliases;   /* alias.c's own; NULL: none */
	struct stamp *stamp;     /* NULL: what is read is not recorded */
	const struct pins *pins; /* NULL: none */
	bool is_locked;          /* what is not as pinned is an error */
	bool is_pull;            /* registries are asked again what a name stands for */
	struct sbom *sbom;       /* NULL: no bill of materials is made */
	bool has_sbom;           /* it goes into the image, too */
	const char **loaders;    /* packages: loaders.h */
	size_t n_loaders;
	struct image *seen; /* image.c's own: an image used twice is looked for once */
};

/* "redis" → "docker.io/library/redis:latest", as Docker and LinuxKit read a name. */
const char *image_full_name(struct arena *a, const char *name);
/* Debian's name of an architecture → OCI's. */
const char *image_arch(const char *debian);
/* The local layout of a board's components. */
const char *image_layout(const struct image_ctx *ctx);
