/* The footer of the slot in a partition (slot(5)).  Helpers and nannyctl: a disk may hang. */
#pragma once

#include "../lib/manifest.h"

/* With the partition's bytes; 0 or -errno, -EFBIG: it is too small for one. */
int footer_read(const char *device, uint8_t ret[SLOT_FOOTER], uint64_t *ret_size);
