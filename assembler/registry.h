/*
 * Talking to a registry by way of skopeo, which brings the protocol, the logins
 * (containers-auth.json(5), REGISTRY_AUTH_FILE, Docker's own) and registries.conf(5).
 *
 * Names are completed ones: HOST[:PORT]/PATH[:TAG][@sha256:…].
 */
#pragma once

#include "oci.h"

/* A name without tag and digest, followed by @digest. */
const char *registry_by_digest(struct arena *a, const char *name, const char *digest);
/* The digest that a name has in it; NULL: none. */
const char *registry_digest_of(const char *name);

/*
 * The index or manifest itself, as its digest is of these bytes.  OCI_ABSENT: *ret_why says what
 * the registry does not have.  A wrong login or a registry that does not answer is OCI_BROKEN.
 */
enum oci_found registry_manifest(struct arena *a, const char *name, const char **ret_text,
	size_t *ret_len, const char **ret_why);

/*
 * One platform's image into the OCI layout DIR.  Layers that lie in DIR/blobs already are not asked
 * for again.
 */
enum oci_found registry_copy(
	struct arena *a, const char *name, const char *arch, const char *dir, const char **ret_why);
/* Likewise out of docker-archive:FILE[:TAG]. */
enum oci_found registry_copy_archive(struct arena *a, const char *archive, const char *arch,
	const char *dir, const char **ret_why);
