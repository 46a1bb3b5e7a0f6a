/*
 * Images into the layout: the root file system and the containers; volumes are volume.c's.
 */
#pragma once

#include "layout.h"

int place_init(struct layout *l);
/* onboot, onshutdown, services; their images, config.json and runtime.json. */
int place_containers(struct layout *l);
void place_free(struct layout *l);

/* Unpacked, without what a container engine leaves in it.  NULL after say_error(). */
struct tree *place_open(struct layout *l, const struct image *img, bool is_container);
/* An image's files at a path of the device. */
int place_add(struct layout *l, const char *image, const char *path, const struct tree *files);
