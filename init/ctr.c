#include "ctr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctr_path.h"
#include "log.h"
#include "sys.h"

#define BIT(e) (1u << (e))

int ctr_pool_init(struct ctr_pool *p, size_t n)
{
	if (!n)
		return 0;
	p->ctr = sys_map(n * sizeof(*p->ctr));
	p->records = sys_map(n * sizeof(*p->records));
	return p->ctr && p->records ? 0 : -ENOMEM;
}

static unsigned log_shift(const struct ctr_pool *p)
{
	uint64_t total = 0;
	unsigned shift = 0;

	for (size_t i = 0; i < p->n; i++)
		total += p->records[i].policy.log_bytes;
	while (total >> shift > CTR_LOG_BUDGET)
		shift++;
	return shift;
}

void ctr_open_rings(const struct ctr_pool *p, struct ctr *c)
{
	uint32_t size = c->def->policy.log_bytes >> p->log_shift;
	char *bytes;

	if (c->ring.bytes)
		return;
	if (size < CTR_RING_LEAST)
		size = CTR_RING_LEAST;
	bytes = sys_map((size_t)size + CTR_LAST_WORDS); /* taken page by page as they fill */
	ring_init(&c->ring, bytes, size);
	ring_init(&c->last_words, bytes ? bytes + size : NULL, CTR_LAST_WORDS);
	if (!bytes)
		log_warn("%s: no memory for its log, for now", c->name);
}

static void ready_one(struct ctr *c, const struct scan_record *def, int64_t now)
{
	const struct policy *y = &def->policy;

	*c = (struct ctr){
		.def = def,
		.name = scan_name(def),
		.pidfd = -1,
		.step_pidfd = -1,
		.out = {-1, -1},
		.err = {-1, -1},
		.cgroup_fd = -1,
		.notify_fd = -1,
		.fifo_fd = -1,
		.probe = {.pidfd = -1, .at = CTR_NEVER},
		.deadline = CTR_NEVER,
		.limit_at = CTR_NEVER,
		.since = now,
		.backoff = {y->backoff_first_ms, y->backoff_cap_ms, y->stable_ms, 0},
	};
	if (def->error[0]) {
		snprintf(c->reason, sizeof(c->reason), "%.90s", def->error);
		c->state = CTR_FAILED;
		log_warn("container %s: cannot be run: %s", c->name, c->reason);
	}
}

void ctr_pool_ready(struct ctr_pool *p, size_t n)
{
	p->n = n;
	p->log_shift = log_shift(p);
	for (size_t i = 0; i < p->n; i++) {
		ready_one(&p->ctr[i], &p->records[i], p->now);
		ctr_open_rings(p, &p->ctr[i]);
	}
	ctr_find_shared_groups(p);
}

void ctr_want(struct ctr *c, bool up)
{
	if (c->def->error[0])
		return;
	c->want_up = up;
	/* What comes now was asked for; of one that is at rest anyway it stays what it was. */
	if (up || !ctr_state_at_rest(c->state))
		snprintf(c->reason, sizeof(c->reason), "%s", up ? "" : "asked to stop");
	/* The last wish counts; one for a start must not be lost because the last run is still
	 * going. */
	c->restart_now = up && ctr_state_falling(c->state);
	c->pending &= ~(BIT(CTR_EV_WANT_UP) | BIT(CTR_EV_WANT_DOWN));
	c->pending |= up ? BIT(CTR_EV_WANT_UP) : BIT(CTR_EV_WANT_DOWN);
}

void ctr_restart(struct ctr *c)
{
	bool runs = c->state >= CTR_PREPARE && c->state <= CTR_ENDED;

	ctr_want(c, !runs); /* of one that waits for something, it is still to come */
	c->reason[0] = '\0';
	c->want_up = true;
	c->restart_now = runs;
}

bool ctr_leaves(const struct ctr *c)
{
	return c->def->program && c->exited && c->cause == CAUSE_NONE;
}

int64_t ctr_well_for(const struct ctr *c, int64_t now)
{
	if (c->state != CTR_UP)
		return 0;
	if (c->cause != CAUSE_SICK && !(c->health.failed & 1))
		return now - c->since;
	return c->good_at > c->since ? c->good_at - c->since : 0;
}

bool ctr_is_stable(const struct ctr *c, int64_t now)
{
	return !c->backoff.in_a_row || ctr_well_for(c, now) >= c->def->policy.stable_ms;
}

struct ctr *ctr_find(struct ctr_pool *p, const char *name)
{
	/* The short name may be an onboot's and a service's: the service is meant. */
	for (size_t i = p->n; i > 0; i--) {
		struct ctr *c = &p->ctr[i - 1];

		if (strcmp(c->name, name) == 0 || strcmp(c->def->id, name) == 0)
			return c;
	}
	return NULL;
}
