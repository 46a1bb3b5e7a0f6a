#include "ctr_path.h"

#include <stdio.h>

#include "cgroup.h"

_Static_assert(CTR_PATH_MAX > SCAN_ID_MAX + 32, "a container's paths do not fit");

void ctr_bundle(const struct ctr *c, char *buf)
{
	enum ctr_kind kind = (enum ctr_kind)c->def->kind;

	snprintf(buf, CTR_PATH_MAX, "%s/%s",
		c->def->program ? scan_programs(kind) : scan_folder(kind), c->def->id);
}

void ctr_group(const struct ctr *c, char *buf)
{
	if (c->def->program)
		snprintf(buf, CTR_PATH_MAX, CGROUP_PROGRAMS "/%s", c->def->id);
	else
		snprintf(buf, CTR_PATH_MAX, "%s", c->def->cgroup[0] ? c->def->cgroup : c->def->id);
}

void ctr_pid_file(const struct ctr *c, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, "/run/nanny/pid/%s.%u", c->def->id, (unsigned)c->starts);
}

void ctr_notify_path(const struct ctr *c, const char *tail, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, NOTIFY_OUTSIDE "/%s%s", c->def->id, tail);
}
