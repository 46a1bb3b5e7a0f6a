#include "ctr_path.h"

#include <stdio.h>
#include <string.h>

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

/* As ctr_group gives it, without a copy.  Programs have a place of their own. */
static const char *group_of(const struct ctr *c)
{
	const char *group = c->def->cgroup[0] ? c->def->cgroup : c->def->id;

	return group + strspn(group, "/");
}

/* The same group, or one below it. */
static bool is_within(const struct ctr *c, const struct ctr *other)
{
	const char *group = group_of(other);
	size_t n = strlen(group);

	return !c->def->program && !other->def->program && strncmp(group_of(c), group, n) == 0 &&
	       strchr("/", group_of(c)[n]);
}

void ctr_find_shared_groups(struct ctr_pool *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct ctr *c = &p->ctr[i];

		/* Names are different: at least one of two has asked for its group. */
		for (size_t k = 0; c->def->cgroup[0] && k < p->n; k++) {
			struct ctr *other = &p->ctr[k];

			if (k != i && (is_within(c, other) || is_within(other, c)))
				c->shares = other->shares = true;
		}
	}
}

bool ctr_group_is_in_use(const struct ctr_pool *p, const struct ctr *c)
{
	for (size_t i = 0; c->shares && i < p->n; i++) {
		const struct ctr *other = &p->ctr[i];

		if (other != c && other->shares && (other->pid || other->step_pid) &&
			is_within(other, c))
			return true;
	}
	return false;
}

void ctr_pid_file(const struct ctr *c, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, "/run/nanny/pid/%s.%u", c->def->id, (unsigned)c->starts);
}

void ctr_notify_path(const struct ctr *c, const char *tail, char *buf)
{
	snprintf(buf, CTR_PATH_MAX, NOTIFY_OUTSIDE "/%s%s", c->def->id, tail);
}
