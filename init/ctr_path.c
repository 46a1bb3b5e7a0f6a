#include "ctr_path.h"

#include <stdio.h>

_Static_assert(CTR_PATH_MAX > SCAN_ID_MAX + 32, "a container's paths do not fit");

void ctr_bundle(const struct ctr *c, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, "%s/%s", scan_folder((enum ctr_kind)c->def->kind), c->def->id);
}

void ctr_group(const struct ctr *c, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, "%s", c->def->cgroup[0] ? c->def->cgroup : c->def->id);
}

void ctr_pid_file(const struct ctr *c, char *buf, const char *prefix)
{
	snprintf(buf, CTR_PATH_MAX, "/run/nanny/pid/%s%s.%u", prefix, c->def->id,
		(unsigned)c->starts);
}

void ctr_notify_path(const struct ctr *c, const char *tail, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, NOTIFY_OUTSIDE "/%s%s", c->def->id, tail);
}
