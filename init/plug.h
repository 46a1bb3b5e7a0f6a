/*
 * Devices that come while the machine runs: when the kernel says so, a helper loads what they ask
 * for.  One helper at a time, however many devices come; what comes meanwhile gives one more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct machine;

struct plug {
	int fd;
	bool wanted;  /* a device has come that nobody has looked at */
	bool useless; /* the image has no modules to load */
	pid_t pid;    /* of the helper; 0: none */
	int pidfd;
	int64_t deadline;            /* of the helper; CTR_NEVER */
	char damage[32];             /* uevent.h, the first one; "" for none */
	uint64_t said, forged, lost; /* messages of the kernel; of others; times some were lost */
};

/* -errno; without it no device that comes later gets its driver. */
int plug_open(struct plug *g, int epfd);
void plug_readable(struct plug *g);
/* Whether pid was the helper. */
bool plug_reaped(struct plug *g, pid_t pid, int status);
void plug_settle(struct machine *m);
