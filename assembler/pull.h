/*
 * Images from elsewhere, brought into the cache as OCI layouts by skopeo.  An image is in the cache
 * whole or not at all; one that is there is not asked for again.
 */
#pragma once

#include "oci.h"

/*
 * OCI_FOUND: *ret_dir is a layout with the image alone in it.  OCI_ABSENT: *ret_why says where it
 * was looked for.
 */
enum oci_found pull_registry(struct arena *a, const char *full_name, const char *arch,
	const char **ret_dir, const char **ret_why);
/* name: "docker-archive:FILE[:TAG]"; known again by the file's content. */
enum oci_found pull_archive(struct arena *a, const char *name, const char *file, const char *arch,
	const char **ret_dir, const char **ret_why);
