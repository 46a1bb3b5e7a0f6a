/*
 * Names in the file system that belong to a container.  buf has CTR_PATH_MAX bytes.
 */
#pragma once

#include "ctr.h"

void ctr_bundle(const struct ctr *c, char *buf); /* /containers/services/feeder */
/* tail: "", or "/" and a name in the folder */
void ctr_notify_path(const struct ctr *c, const char *tail, char *buf);
void ctr_group(const struct ctr *c, char *buf); /* its control group, below CGROUP_ROOT */
/* Once, when all containers are there: ctr::shares. */
void ctr_find_shared_groups(struct ctr_pool *p);
/* Another container has processes in its group or below it, which are not to be killed with it. */
bool ctr_group_is_in_use(const struct ctr_pool *p, const struct ctr *c);
/* A new name for each start: a runtime killed half-way leaves files that O_EXCL trips over. */
void ctr_pid_file(const struct ctr *c, char *buf);
