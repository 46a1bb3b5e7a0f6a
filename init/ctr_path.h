/*
 * Names in the file system that belong to a container.  buf has CTR_PATH_MAX bytes.
 */
#pragma once

#include "ctr.h"

void ctr_bundle(const struct ctr *c, char *buf); /* /containers/services/feeder */
/* tail: "", or "/" and a name in the folder */
void ctr_notify_path(const struct ctr *c, const char *tail, char *buf);
void ctr_group(const struct ctr *c, char *buf); /* its control group, below CGROUP_ROOT */
/* A new name for each start: a runtime killed half-way leaves files that O_EXCL trips over.
 * prefix: "", or "." for the half that the runtime renames when it is whole. */
void ctr_pid_file(const struct ctr *c, char *buf, const char *prefix);
