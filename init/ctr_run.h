/*
 * The children that work for a container: the runtime's calls and our helpers, each with the
 * state's deadline on it.  At most one at a time for each container (the runtime's calls for one id
 * must not overlap).  Results: > 0 started, 0 nothing to do, or a negative errno.
 *
 * stderr of every step is the container's own: what the runtime complains of stands in its log, and
 * the pipe is always being read, so a flood of it cannot hold the runtime up.
 */
#pragma once

#include "ctr.h"

int ctr_run_prepare(struct ctr_pool *p, struct ctr *c);
int ctr_run_create(struct ctr_pool *p, struct ctr *c);
int ctr_run_wire(struct ctr_pool *p, struct ctr *c);
int ctr_run_start(struct ctr_pool *p, struct ctr *c);
/* Not a step: runs beside the container; its pid and pidfd are c->probe's. */
int ctr_run_probe(
	struct ctr_pool *p, struct ctr *c, const char *mode, uint8_t probe, const char *arg);
int ctr_run_delete(struct ctr_pool *p, struct ctr *c);
int ctr_run_clean(struct ctr_pool *p, struct ctr *c);

/* After create: the process named in the pid file becomes the container's.  -errno. */
int ctr_adopt(struct ctr_pool *p, struct ctr *c);
/* What a create that failed has left of its pid file. */
void ctr_drop_pid_file(const struct ctr *c);
/* No process is waited for any longer; a step that still runs is killed and reaped as a stranger.
 */
void ctr_forget(struct ctr *c);
