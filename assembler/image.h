/*
 * An image reference → the files of the image and its config.  Sources, in this order:
 *
 *   nanny/NAME, or any name a component has   built from its build.yml into the local OCI layout
 *   oci:DIR[:TAG]                              an OCI image layout
 *   docker-archive:FILE[:TAG]                  `docker save`
 *   anything else                              the local layout first; then a registry, by skopeo
 */
#pragma once

#include "board.h"
#include "component.h"
#include "config.h"
#include "lock.h"
#include "spec.h"
#include "stamp.h"
#include "tree.h"

/* What every image needs to be found; made once per command. */
struct image_ctx {
	struct arena *arena;
	struct diag *diag;
	const char *root; /* the source tree: boards/, onboot/, build/ */
	const struct board *board;
	const struct lock *lock;
	struct component **components;
	size_t n_components;
	struct stamp *stamp; /* NULL: what is read is not recorded */
	struct image *seen;  /* image.c's own: an image used twice is looked for once */
};

struct image {
	const char *name;
	const char *digest; /* of the manifest, "sha256:…" */
	struct image_config config;
	const struct oci_image *oci;
	struct image *next; /* image_ctx::seen */
};

/*
 * Finds and, where needed, fetches or builds it.  NULL: the reason is in ctx->diag, at ref->at, or
 * was said (a disk, a download).
 */
struct image *image_resolve(struct image_ctx *ctx, const struct image_ref *ref);
/* All layers applied.  A caller frees the tree.  NULL after say_error(). */
struct tree *image_unpack(struct image_ctx *ctx, const struct image *img);

/* "redis" → "docker.io/library/redis:latest", as Docker and LinuxKit read a name. */
const char *image_full_name(struct arena *a, const char *name);
/* Debian's name of an architecture → OCI's. */
const char *image_arch(const char *debian);
/* The local layout of a board's components. */
const char *image_layout(const struct image_ctx *ctx);
