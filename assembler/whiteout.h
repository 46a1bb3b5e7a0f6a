/*
 * Files of a layer that stand for the absence of others, as the OCI image specification has them:
 * ".wh.NAME" hides NAME, ".wh..wh..opq" all that lower layers have in its folder.
 */
#pragma once

#include <stdbool.h>

#include "tree.h"

bool whiteout_is(const char *name);
/*
 * own: the names that the layer itself has brought so far, which are never hidden.  `name` is the
 * last part of `path`; both are changed.  -EBADMSG for one that names nothing, or -errno.
 */
int whiteout_apply(struct tree *tree, const struct tree *own, char *path, char *name);
