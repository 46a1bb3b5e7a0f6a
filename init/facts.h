/*
 * What of the world containers can wait for: the network, the clock, devices.  The network is told
 * by the kernel (netlink); the other two are looked at once a second, and only while somebody waits
 * for them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netwatch.h"

struct ctr_pool;

struct facts {
	struct netwatch net;
	int64_t look_at; /* the next look; CTR_NEVER */
};

/* -errno; without it nobody who waits for the network ever starts, which `why` then says. */
int facts_open(struct facts *f, int epfd);
void facts_readable(struct facts *f);
/* Before the decisions of a turn: writes the pool's conditions. */
void facts_settle(struct facts *f, struct ctr_pool *p);
