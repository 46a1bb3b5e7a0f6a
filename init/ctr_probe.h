/*
 * Is it ready, is it well?  Signs that PID 1 sees itself (a line of output, a datagram) and those
 * that a helper looks for (nanny-probe): one process at most for each container, none when nothing
 * is asked.
 */
#pragma once

#include "ctr.h"

/* Opens what `ready: notify` needs, once; forgets what the last run has said.  -errno. */
int ctr_notify_open(struct ctr_pool *p, struct ctr *c);
void ctr_notify_readable(struct ctr_pool *p, size_t i, bool is_fifo);

/* Output of its own, on its way to the ring. */
void ctr_probe_output(struct ctr *c, const char *text, size_t len);
/* The state has changed. */
void ctr_probe_begin(struct ctr_pool *p, struct ctr *c);
/* Starts what is due, ends what takes too long. */
void ctr_probe_settle(struct ctr_pool *p, struct ctr *c);
/* The helper has ended. */
void ctr_probe_ended(struct ctr_pool *p, struct ctr *c, int status);
