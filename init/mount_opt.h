/*
 * Mount options as OCI and LinuxKit write them ("ro", "rbind", "size=64m") → mount(2)'s flags and
 * data.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount_opt {
	unsigned long flags;       /* MS_* without propagation */
	unsigned long propagation; /* MS_SHARED … with MS_REC; 0: none asked for */
	char data[1024];           /* what the file system itself reads, comma-separated */
};

/* False when the data does not fit. */
bool mount_opt_add(struct mount_opt *o, const char *option);
