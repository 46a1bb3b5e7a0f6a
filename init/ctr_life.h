/*
 * The lives of containers: facts are noted, the table (ctr_sm.h) is asked, its actions are done
 * (ctr_act.h).
 */
#pragma once

#include "ctr.h"

/* A dead child: true when it was a container's or a step's. */
bool ctr_reaped(struct ctr_pool *p, pid_t pid, int status);
void ctr_cgroup_changed(struct ctr_pool *p, size_t i);

/* Deadlines, then decisions, until nothing changes. */
void ctr_settle(struct ctr_pool *p);
int64_t ctr_next_deadline(const struct ctr_pool *p);
