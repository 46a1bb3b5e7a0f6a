/*
 * An image reference → the files of the image and its config.  Sources, in this order:
 *
 *   nanny/NAME, or any name a component has   built from its build.yml into the local OCI layout
 *   oci:DIR[:TAG]                              an OCI image layout
 *   docker-archive:FILE[:TAG]                  `docker save`
 *   anything else                              the local layout first; then a registry, by skopeo
 */
#pragma once

#include "config.h"
#include "image_ctx.h"
#include "spec.h"
#include "tree.h"

struct image {
	const char *name;
	const char *digest; /* of the manifest, "sha256:…" */
	/* how NAME.lock knows it (pins.h); NULL: a component, which is made here */
	const char *pin_name, *pin_digest;
	struct image_config config;
	const struct oci_image *oci;
	const struct component *component; /* it is made of; NULL: none of ours */
	struct image *next;                /* image_ctx::seen */
};

/*
 * Finds and, where needed, fetches or builds it.  NULL: the reason is in ctx->diag, at ref->at, or
 * was said (a disk, a download).
 */
struct image *image_resolve(struct image_ctx *ctx, const struct image_ref *ref);
/* All layers applied.  A caller frees the tree.  NULL after say_error(). */
struct tree *image_unpack(struct image_ctx *ctx, const struct image *img);
