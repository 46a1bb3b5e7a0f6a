/*
 * The kernel's device mapper, by its own ioctls (linux/dm-ioctl.h): what a sealed root needs of it,
 * which is one mapping with one target.  Helpers only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../lib/manifest.h"

/* The device's file becomes "/dev/dm-0" in ret.  0 or -errno. */
int dm_open_verity(const char *name, const char *device, const struct manifest *m,
	const char *on_damage, char *ret, size_t ret_size);
/* The target's parameters (Documentation/admin-guide/device-mapper/verity.rst); the length. */
int dm_verity_params(const char *device, const struct manifest *m, const char *on_damage, char *ret,
	size_t ret_size);
