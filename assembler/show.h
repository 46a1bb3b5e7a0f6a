/*
 * What nanny show and nanny diff print alike.
 */
#pragma once

#include "opened.h"

/* "12.3 MB" */
const char *show_size(struct arena *a, off_t bytes);
json_t *show_part(const struct opened_part *p);
json_t *show_place(const struct opened_place *p);
