/*
 * One layer of an OCI image onto what lies below it: tar, plain or compressed, with whiteouts as
 * the image spec describes them.  Everything stays inside the tree: a name with ".." is an error,
 * and owners, devices and setuid bits are only recorded.
 */
#pragma once

#include "tree.h"

/*
 * What one layer may hold; more is an error before it is unpacked.  No image that is to be booted
 * is near it, and a few kilobytes that unpack to more fill neither the disk nor the memory.
 */
#define LAYER_BYTES_MAX   (INT64_C(16) << 30)
#define LAYER_ENTRIES_MAX 1000000
#define LAYER_REST_MAX    (64 << 20) /* bytes after the end of the archive */

/*
 * digest: of the file; diff_id: of the tar inside ("sha256:…"); NULL: not known, not checked.
 * 0, or -1 after say_error(); the tree is then half-way and good for nothing.
 */
int layer_apply(struct tree *t, const char *file, const char *digest, const char *diff_id);

/*
 * All of an archive that is no layer, so that no name in it means anything: a tar, plain or
 * compressed, or an ISO 9660.  Out of fd, from its beginning; `file` is what it is called.  Else as
 * above.
 */
int layer_unpack(struct tree *t, const char *file, int fd);
