#include "ctr_act.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "ctr_path.h"
#include "ctr_pipes.h"
#include "ctr_probe.h"
#include "ctr_run.h"
#include "ctr_say.h"
#include "log.h"
#include "order.h"
#include "sys.h"

enum {
	SWEEP_MS = 10 * 1000, /* until a killed container is given up as unkillable */
};

#define BIT(e) (1u << (e))

static void act_step(
	struct ctr_pool *p, struct ctr *c, int (*spawn)(struct ctr_pool *, struct ctr *))
{
	int r = spawn(p, c);

	c->deadline = p->now + c->def->policy.runtime_ms;
	if (r < 0) {
		snprintf(c->reason, sizeof(c->reason), "cannot start a process: %s", strerror(-r));
		(void)log_errno(r, "%s: cannot start the process for \"%s\"", c->name,
			ctr_state_name(c->state));
		c->pending |= BIT(CTR_EV_STEP_FAIL);
	} else if (r == 0) {
		c->pending |= BIT(CTR_EV_STEP_OK); /* nothing to do in this state */
	}
}

/* A one-shot's time runs from here. */
static void act_hold(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;

	c->exited = c->started = false;
	c->cause = CAUSE_NONE;
	c->well_ms = c->good_at = 0;
	c->limit_at = CTR_NEVER;
	if (y->timeout_ms && ctr_is_step(c))
		c->limit_at = p->now + y->timeout_ms;
	c->deadline = c->limit_at;
}

static int notify_and_prepare(struct ctr_pool *p, struct ctr *c)
{
	int r = ctr_notify_open(p, c);

	return r < 0 ? r : ctr_run_prepare(p, c);
}

static void act_prepare(struct ctr_pool *p, struct ctr *c)
{
	c->restart_now = false;
	c->begun_at = p->now;
	c->starts++;
	act_step(p, c, notify_and_prepare);
}

static void act_create(struct ctr_pool *p, struct ctr *c)
{
	c->prepared = true;
	act_step(p, c, ctr_run_create);
}

static void act_wire(struct ctr_pool *p, struct ctr *c)
{
	act_step(p, c, ctr_run_wire);
}

static void act_start(struct ctr_pool *p, struct ctr *c)
{
	act_step(p, c, ctr_run_start);
}

static void act_runs(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;

	c->started = true;
	c->deadline = c->limit_at;
	if (y->ready == PROBE_NONE || c->sign)
		c->pending |= BIT(CTR_EV_READY);
	else if (y->ready_ms)
		c->deadline = p->now + y->ready_ms;
	if (c->exited)
		c->pending |= BIT(CTR_EV_EXIT);
}

static void act_up(struct ctr_pool *p, struct ctr *c)
{
	(void)p;
	c->deadline = c->limit_at;
	if (c->def->policy.ready != PROBE_NONE)
		log_info("%s: ready", c->name);
}

static void act_term(struct ctr_pool *p, struct ctr *c)
{
	if (!c->want_up || c->restart_now)
		c->cause = CAUSE_NONE; /* it was asked to */
	c->deadline = p->now + c->def->policy.stop_ms;
	if (c->pidfd >= 0)
		(void)sys_pidfd_kill(c->pidfd, c->def->policy.stop_signal);
}

static void act_kill(struct ctr_pool *p, struct ctr *c)
{
	char group[CTR_PATH_MAX];

	c->deadline = p->now + SWEEP_MS;
	if (c->step_pidfd >= 0)
		(void)sys_pidfd_kill(c->step_pidfd, SIGKILL);
	if (c->pidfd >= 0)
		(void)sys_pidfd_kill(c->pidfd, SIGKILL);
	ctr_group(c, group);
	if (ctr_leaves(c) || ctr_group_is_in_use(p, c) || cgroup_empty(group))
		return;
	cgroup_kill(group);
	ctr_watch_cgroup(p, c);
}

static void act_delete(struct ctr_pool *p, struct ctr *c)
{
	sys_close(&c->cgroup_fd);
	if (c->step_pid || c->pid)
		log_warn("%s: a process of it cannot be killed; going on without", c->name);
	ctr_forget(c);
	act_step(p, c, ctr_run_delete);
}

/* Ends of its own, one after another, and what they lead to; one that was asked for is none of
 * them. */
static void note_end(struct ctr *c)
{
	const struct policy *y = &c->def->policy;

	if (c->restart_now || !c->want_up) {
		c->rung = RUNG_RESTART;
		return;
	}
	backoff_note(&c->backoff, c->well_ms);
	c->rung = ladder_rung(c->backoff.in_a_row, y->escalate, y->critical);
	c->fresh = c->rung >= RUNG_CLEAN && ladder_is_step(c->backoff.in_a_row, y->escalate);
}

static void act_clean(struct ctr_pool *p, struct ctr *c)
{
	ctr_forget(c);
	note_end(c);
	act_step(p, c, ctr_run_clean);
}

static enum policy_restart restart_policy(const struct policy *y)
{
	if (y->oneshot && y->restart == RESTART_ALWAYS)
		return RESTART_ON_FAILURE; /* its end is its success */
	return (enum policy_restart)y->restart;
}

static void act_decide(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;
	struct ctr_outcome o = {
		.service = c->def->kind == CTR_SERVICE,
		.policy = restart_policy(y),
		.want_up = c->want_up,
		.restart = c->restart_now,
		.retry = c->tries < y->retries,
		.started = c->started,
		.clean = ctr_ended_well(c),
	};

	(void)p;
	ctr_forget(c);
	if (!o.clean && !o.service)
		c->tries++;
	c->pending |= BIT(ctr_after(&o));
}

/* What comes after it may hold on to what is broken in it. */
static void restart_dependants(struct ctr_pool *p, const struct ctr *c)
{
	for (size_t i = 0; i < p->n; i++) {
		struct ctr *d = &p->ctr[i];

		if (d->def->kind == CTR_SERVICE && d->want_up && ctr_state_runs(d->state) &&
			order_depends(p, d, c)) {
			log_warn("%s: restarts, since %s does not get better", d->name, c->name);
			ctr_restart(d);
		}
	}
}

static void climb(struct ctr_pool *p, struct ctr *c)
{
	if (c->def->kind != CTR_SERVICE ||
		!ladder_is_step(c->backoff.in_a_row, c->def->policy.escalate))
		return;
	log_warn("%s: %u failure%s in a row: %s", c->name, (unsigned)c->backoff.in_a_row,
		c->backoff.in_a_row == 1 ? "" : "s", rung_name(c->rung));
	if (c->rung >= RUNG_DEPENDANTS)
		restart_dependants(p, c);
	if (c->rung == RUNG_MACHINE)
		p->remedy_for = c;
}

static void act_wait(struct ctr_pool *p, struct ctr *c)
{
	uint32_t delay = c->restart_now ? 0 : backoff_delay(&c->backoff, sys_random());

	c->deadline = p->now + delay;
	if (c->restart_now) {
		log_info("%s: restarts, as asked", c->name);
		return;
	}
	ctr_say_end(c);
	log_warn("%s: %s; restarts in %u ms", c->name, c->reason[0] ? c->reason : "did not start",
		(unsigned)delay);
	climb(p, c);
}

static void act_report(struct ctr_pool *p, struct ctr *c)
{
	(void)p;
	if (c->state == CTR_DONE)
		log_info("%s: done", c->name);
	else if (c->state == CTR_DOWN)
		log_info("%s: stopped", c->name);
	else
		ctr_say_end(c);
	if (c->state == CTR_FAILED)
		log_warn("%s: failed: %s", c->name, c->reason[0] ? c->reason : "did not start");
}

static void act_none(struct ctr_pool *p, struct ctr *c)
{
	(void)p;
	(void)c;
}

static void (*const acts[])(struct ctr_pool *, struct ctr *) = {
	[CTR_ACT_NONE] = act_none,
	[CTR_ACT_PREPARE] = act_prepare,
	[CTR_ACT_CREATE] = act_create,
	[CTR_ACT_WIRE] = act_wire,
	[CTR_ACT_START] = act_start,
	[CTR_ACT_HOLD] = act_hold,
	[CTR_ACT_RUNS] = act_runs,
	[CTR_ACT_UP] = act_up,
	[CTR_ACT_TERM] = act_term,
	[CTR_ACT_KILL] = act_kill,
	[CTR_ACT_DELETE] = act_delete,
	[CTR_ACT_CLEAN] = act_clean,
	[CTR_ACT_DECIDE] = act_decide,
	[CTR_ACT_WAIT] = act_wait,
	[CTR_ACT_REPORT] = act_report,
};

void ctr_act(struct ctr_pool *p, struct ctr *c, enum ctr_act act)
{
	acts[act](p, c);
}
