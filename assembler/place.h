/*
 * Images into the layout: the root file system, volumes, containers.
 */
#pragma once

#include "layout.h"

int place_init(struct layout *l);
int place_volumes(struct layout *l);
/* onboot, onshutdown, services; their images, config.json and runtime.json. */
int place_containers(struct layout *l);
void place_free(struct layout *l);
