/*
 * Where the runtime is, and where it keeps what it knows of its containers.
 */
#pragma once

#include <stddef.h>

/* LinuxKit's place; on tmpfs, so no state survives a power cut. */
#define RUNTIME_STATE "/run/runc"

/* The first that is in the image is taken. */
extern const char *const runtime_paths[];
extern const size_t runtime_paths_n;
