/*
 * The mounted file systems, from /proc/self/mountinfo (proc(5)).  Helpers only.
 */
#pragma once

#include <stddef.h>

struct mounts {
	struct mounts_row {
		char *target, *type;
	} * row; /* in the kernel's order: a mount stands after the one it lies on */
	size_t n;
};

int mounts_read(struct mounts *ret_m); /* 0 or -errno */
void mounts_free(struct mounts *m);
