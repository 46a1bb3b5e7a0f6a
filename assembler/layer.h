/*
 * One layer of an OCI image onto what lies below it: tar, plain or compressed, with whiteouts as
 * the image spec describes them.  Everything stays inside the tree: a name with ".." is an error,
 * and owners, devices and setuid bits are only recorded.
 */
#pragma once

#include "tree.h"

/*
 * digest: of the file; diff_id: of the tar inside ("sha256:…"); NULL: not known, not checked.
 * 0, or -1 after say_error(); the tree is then half-way and good for nothing.
 */
int layer_apply(struct tree *t, const char *file, const char *digest, const char *diff_id);
