/*
 * A container's folder as the helpers see it: config.json and runtime.json, parsed.  Helpers only.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* NULL when it cannot be read or is no JSON object; why is in ret_error ("FILE:LINE: …"). */
json_t *bundle_read(const char *bundle, const char *file, char *ret_error, size_t size);
/* runtime.json; an empty object when there is none.  NULL after a line on stderr. */
json_t *bundle_runtime(const char *bundle);

/* A member, checked: the empty array or "" when it is absent or null. */
size_t bundle_array(const json_t *o, const char *key, json_t **ret_array);
const char *bundle_string(const json_t *o, const char *key);

/* Relative paths in runtime.json are meant inside the container's root.  -1: too long. */
int bundle_path(const char *bundle, const char *path, char *ret_path, size_t size);
/* mkdir -p; 0 or -1 with errno. */
int bundle_mkdirs(const char *path);
