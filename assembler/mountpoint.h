/*
 * Mount points of a container whose root is read-only: the runtime cannot make them on the device,
 * so they have to be in the image.
 */
#pragma once

#include "layout.h"

/* `image`: the container's files, which lie at `path` of the device. */
int mountpoint_make(
	struct layout *l, const char *path, const struct tree *image, const char *config_json);
