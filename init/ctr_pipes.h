/*
 * The fds that the loop watches for a container.  Its pipes are made at its first start and stay
 * open: what it prints is never lost between two starts, and a survivor of the last run never gets
 * SIGPIPE.
 */
#pragma once

#include "ctr.h"

int ctr_open_pipes(struct ctr_pool *p, struct ctr *c);
/* Its group's becoming empty is an event from now on. */
void ctr_watch_cgroup(struct ctr_pool *p, struct ctr *c);
