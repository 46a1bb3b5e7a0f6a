/*
 * k of n: the memory of a container's last probes.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct health {
	uint32_t failed; /* a bit per probe, the newest lowest */
	uint32_t probes; /* since it came up */
};

/* One more result; true when `fails` of the last `of` (<= 32) have failed. */
bool health_note(struct health *h, bool good, unsigned fails, unsigned of);
