/*
 * YAML nodes as JSON.
 */
#pragma once

#include <jansson.h>

#include "yaml.h"

/* A new reference. */
json_t *json_from_yaml(const struct ynode *n);
