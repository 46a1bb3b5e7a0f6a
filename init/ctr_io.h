/*
 * The output of containers and the fds the loop watches for them.  A container's pipes are made at
 * its first start and stay open: what it prints is never lost between two starts, and a survivor of
 * the last run never gets SIGPIPE.
 */
#pragma once

#include "ctr.h"

int ctr_open_pipes(struct ctr_pool *p, struct ctr *c);
void ctr_readable(struct ctr_pool *p, size_t i, bool is_err);
/* Takes all that is in the pipes now, up to a bound; the rest comes with the next turn of the loop.
 */
void ctr_drain(struct ctr_pool *p, size_t i);
void ctr_watch_cgroup(struct ctr_pool *p, struct ctr *c);
