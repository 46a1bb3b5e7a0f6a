/*
 * OCI image layouts (index.json, oci-layout, blobs/): finding an image in one, putting one in.
 * Blobs are checked against their digests.  A layout is only ever added to: a reader that has found
 * an image keeps its blobs.
 */
#pragma once

#include "arena.h"
#include "tree.h"

struct oci_layer {
	const char *file, *digest, *diff_id;
};

struct oci_image {
	const char *digest; /* of the manifest */
	const char *top;    /* of what the name stands for: the manifest, or an index above it */
	const char *config; /* the image config, JSON */
	const char *inputs; /* as given to oci_put(), or NULL */
	struct oci_layer *layer;
	size_t n_layers;
	const char *why; /* when it was not found: what is there instead */
};

enum oci_found {
	OCI_BROKEN = -1, /* after say_error() */
	OCI_ABSENT,
	OCI_FOUND,
};

/* ref NULL: the layout's only image.  arch as OCI names it: amd64, arm64, arm … */
enum oci_found oci_find(
	struct arena *a, const char *dir, const char *ref, const char *arch, struct oci_image *ret);

struct oci_new {
	const char *ref, *arch;
	const struct tree *tree;
	const char *label;  /* org.mobyproject.config, or NULL */
	const char *inputs; /* kept beside the reference: what it was made of */
};

/* One layer, no command.  An image of the same name is replaced.  0, or -1 after say_error(). */
int oci_put(struct arena *a, const char *dir, const struct oci_new *image);
