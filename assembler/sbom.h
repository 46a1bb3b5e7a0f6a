/*
 * The bill of materials (SPDX 2.3, JSON): the Debian packages that the components, the kernel and
 * the programs of this tree are made of, and what the images say is in them: their own
 * /sbom.spdx.json, else dpkg's or apk's list of what is installed.
 *
 * The same system gives the same bytes: names come from what is in it, the date from the build.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "image.h"
#include "kernel.h"

struct sbom;

/* What is known of a package; NULL where it is not. */
struct sbom_package {
	const char *name, *version, *purl, *sha256;
	const char *licence; /* an SPDX expression */
	const char *comment; /* what was said of it, when it is no SPDX expression */
	const char *purpose; /* SPDX's primaryPackagePurpose; NULL: not said */
};

struct sbom *sbom_new(struct arena *a);

/* The package's SPDX id; the same purl is the same package. */
const char *sbom_add(struct sbom *s, const struct sbom_package *p);
/* One that another document has described: its members, but its id. */
const char *sbom_add_json(struct sbom *s, const char *id, const json_t *package);
void sbom_relate(struct sbom *s, const char *from, const char *type, const char *to);

/* A pinned Debian package, binary or source.  NULL after say_error(). */
const char *sbom_add_deb(struct sbom *s, const struct lock_entry *e);
/* An image and what is in it; files NULL: that is not looked at.  Once for each image.  0, or -1
 * after say_error(). */
int sbom_add_image(struct image_ctx *ctx, const struct image *img, const struct tree *files);
/* What the image's own lists say (sbom_read.c). */
void sbom_read(struct sbom *s, struct arena *a, const char *image, const struct tree *files);

/* The whole document for the system `name`; in the arena.  created: seconds since 1970. */
const char *sbom_text(struct sbom *s, const char *name, int64_t created);

/* The kernel's package, those of ctx->loaders and all that was added, as a text in the arena.  0,
 * or -1 after say_error().
 */
int sbom_finish(struct image_ctx *ctx, const struct config *c, const struct kernel *k,
	const char **ret_text);

/* "a+b" → "a%2Bb", as a purl wants it; `also` are characters that stay. */
const char *purl_escape(struct arena *a, const char *text, const char *also);
