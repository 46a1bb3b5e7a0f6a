/*
 * memory, cpu and pids of a container as control group v2 files
 * (Documentation/admin-guide/cgroup-v2.rst). Set when its process exists and waits.
 */
#pragma once

#include <jansson.h>

/* 0, or -1 after a line on stderr. */
int limits_set(const json_t *config, const char *group);
