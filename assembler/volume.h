/*
 * `volumes:` of the YAML into the layout: /containers/volumes/NAME/{lower,merged,tmp}.  One without
 * `tmp` is mounted read-only.
 */
#pragma once

#include "layout.h"

int volumes_put(struct layout *l);
