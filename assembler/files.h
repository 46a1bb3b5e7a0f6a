/*
 * `files:` of the YAML into the layout.
 */
#pragma once

#include "layout.h"

int files_put(struct layout *l);
