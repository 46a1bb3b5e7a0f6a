/*
 * Images from elsewhere, brought into the cache by skopeo.  In the cache:
 *
 *   blob/sha256/HEX   manifests, configs and layers, of all images together
 *   image/HEX/        an OCI layout with one image, its blobs a link to those; HEX is the
 * manifest's ref/HEX           what a name stood for when it was last asked for
 *
 * A blob or a layout takes its name when it is complete.  A pull that was cut off goes on with the
 * layers it has; two commands that want the same image wait for each other.
 */
#pragma once

#include "oci.h"

struct pull {
	struct arena *arena;
	const char *name;     /* a registry's: completed; or docker-archive:FILE[:TAG] */
	const char *arch;     /* OCI's name */
	const char *digest;   /* what the name stands for; NULL: to be found out, and set */
	bool is_again;        /* asked for again, whatever is remembered */
	const char *remember; /* set: the file that holds what the name stood for, or NULL */
};

/*
 * OCI_FOUND: *ret_dir is a layout with the image alone in it.  OCI_ABSENT: *ret_why says what there
 * is instead.
 */
enum oci_found pull_registry(struct pull *q, const char **ret_dir, const char **ret_why);
/* Known again by the file's content, which is the digest. */
enum oci_found pull_archive(
	struct pull *q, const char *file, const char **ret_dir, const char **ret_why);
