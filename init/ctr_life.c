#include "ctr_life.h"

#include <signal.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "ctr_act.h"
#include "ctr_io.h"
#include "ctr_path.h"
#include "ctr_probe.h"
#include "ctr_run.h"
#include "ctr_say.h"
#include "events.h"
#include "log.h"
#include "order.h"
#include "sys.h"

enum {
	LOOK_MS = 200,
};

#define BIT(e) (1u << (e))

/* Facts about the state it was in: they must not be taken for facts about the next one. */
#define OF_ONE_STATE                                                                               \
	(BIT(CTR_EV_TIMEOUT) | BIT(CTR_EV_CLEAR) | BIT(CTR_EV_SLOT) | BIT(CTR_EV_READY) |          \
		BIT(CTR_EV_SICK) | BIT(CTR_EV_QUIET))

/* The process is dead and reaped: its number may be another's from now on. */
static void process_ended(struct ctr_pool *p, struct ctr *c, int status)
{
	ctr_drain(p, (size_t)(c - p->ctr));
	sys_close(&c->pidfd);
	c->pid = 0;
	c->status = status;
	c->exited = true;
	c->pending |= BIT(CTR_EV_EXIT);
}

static void step_ended(struct ctr_pool *p, struct ctr *c, int status)
{
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	ctr_drain(p, (size_t)(c - p->ctr));
	sys_close(&c->step_pidfd);
	c->step_pid = 0;
	if (c->state == CTR_CREATE && ok && ctr_adopt(p, c) < 0)
		ok = false;
	/* Logged with what follows from it: a restart, or that it has failed. */
	if (!ok && c->state != CTR_SWEEP && c->state != CTR_DELETE && c->state != CTR_CLEAN)
		ctr_say_step(c, status);
	c->pending |= ok ? BIT(CTR_EV_STEP_OK) : BIT(CTR_EV_STEP_FAIL);
}

bool ctr_reaped(struct ctr_pool *p, pid_t pid, int status)
{
	for (size_t i = 0; i < p->n; i++) {
		struct ctr *c = &p->ctr[i];

		if (c->pid == pid) {
			process_ended(p, c, status);
			return true;
		}
		if (c->step_pid == pid) {
			step_ended(p, c, status);
			return true;
		}
		if (c->probe.pid == pid) {
			ctr_probe_ended(p, c, status);
			return true;
		}
	}
	return false;
}

void ctr_cgroup_changed(struct ctr_pool *p, size_t i)
{
	char buf[128];

	/* Reading it ends the event; whether the group is empty is asked in settle. */
	if (p->ctr[i].cgroup_fd >= 0)
		(void)sys_pread(p->ctr[i].cgroup_fd, buf, sizeof(buf), 0);
}

/* The timeline of the boot: when it first came there. */
static void note_mark(struct ctr *c, int64_t now)
{
	static const int8_t marks[CTR_STATE_N] = {[CTR_WAIT] = MARK_WAIT + 1,
		[CTR_PREPARE] = MARK_START + 1,
		[CTR_UNREADY] = MARK_RUNS + 1,
		[CTR_UP] = MARK_READY + 1,
		[CTR_SWEEP] = MARK_END + 1};
	int8_t m = marks[c->state];

	if (m && !c->mark[m - 1])
		c->mark[m - 1] = now;
}

/* While its group is still there. */
static void ask_the_kernel_why(struct ctr *c)
{
	char group[CTR_PATH_MAX];

	ctr_group(c, group);
	if (c->exited && c->cause == CAUSE_NONE && WIFSIGNALED(c->status) &&
		WTERMSIG(c->status) == SIGKILL && cgroup_out_of_memory(group))
		c->cause = CAUSE_MEMORY;
}

static void enter(struct ctr_pool *p, struct ctr *c, enum ctr_state next)
{
	enum ctr_state from = c->state;

	if (from == CTR_UP)
		c->well_ms = ctr_well_for(c, p->now);
	c->state = next;
	c->since = p->now;
	c->deadline = CTR_NEVER;
	c->pending &= ~OF_ONE_STATE;
	note_mark(c, p->now);
	ctr_probe_begin(p, c);
	if (next == CTR_DELETE) {
		ask_the_kernel_why(c);
		if (c->want_up && !c->restart_now)
			ctr_say_end(c);
		ctr_keep_last_words(p, c);
	}
	events_state(p->events, p->now, c, from);
}

static void apply(struct ctr_pool *p, struct ctr *c, enum ctr_event e)
{
	struct ctr_step s = ctr_next(c->state, e);

	if (!s.possible) {
		p->impossible++;
		log_warn("%s: bug: event %s in state %s", c->name, ctr_event_name(e),
			ctr_state_name(c->state));
		return;
	}
	if (s.next != c->state)
		enter(p, c, s.next);
	ctr_act(p, c, s.act);
}

/* In the order of the enum: an end is looked at before a deadline or a wish. */
static bool handle_pending(struct ctr_pool *p, struct ctr *c)
{
	bool any = c->pending != 0;

	while (c->pending) {
		enum ctr_event e = (enum ctr_event)__builtin_ctz(c->pending);

		c->pending &= ~BIT(e);
		apply(p, c, e);
	}
	return any;
}

static bool is_quiet(const struct ctr_pool *p, const struct ctr *c)
{
	char group[CTR_PATH_MAX];

	if (c->pid || c->step_pid)
		return false;
	if (ctr_leaves(c) || ctr_group_is_in_use(p, c))
		return true;
	ctr_group(c, group);
	return cgroup_empty(group);
}

static void time_is_up(struct ctr *c)
{
	static const uint8_t causes[CTR_STATE_N] = {[CTR_WAIT] = CAUSE_TIMEOUT,
		[CTR_UP] = CAUSE_TIMEOUT,
		[CTR_UNREADY] = CAUSE_UNREADY};

	c->deadline = CTR_NEVER;
	c->pending |= BIT(CTR_EV_TIMEOUT);
	if (causes[c->state]) {
		c->cause = (enum ctr_cause)causes[c->state];
		ctr_say_end(c);
	}
	if (c->state == CTR_STOP)
		log_warn("%s: did not end when it was asked to; is killed", c->name);
	else if (causes[c->state])
		log_warn("%s: %s", c->name, c->reason);
	else if (c->state != CTR_BACKOFF)
		log_warn("%s: %s took too long", c->name, ctr_state_name(c->state));
}

static void derive_facts(struct ctr_pool *p, struct ctr *c, unsigned *starting)
{
	if (c->deadline <= p->now)
		time_is_up(c);
	else
		ctr_probe_settle(p, c);
	if (c->state == CTR_SWEEP && is_quiet(p, c))
		c->pending |= BIT(CTR_EV_QUIET);
	if (c->state == CTR_WAIT && !order_unmet(p, c))
		c->pending |= BIT(CTR_EV_CLEAR);
	if (c->state == CTR_QUEUE && *starting < p->slots) {
		(*starting)++;
		c->pending |= BIT(CTR_EV_SLOT);
	}
}

void ctr_settle(struct ctr_pool *p)
{
	bool again = true;

	while (again) {
		unsigned starting = 0;

		again = false;
		for (size_t i = 0; i < p->n; i++)
			starting += ctr_state_starting(p->ctr[i].state);
		for (size_t i = 0; i < p->n; i++) {
			derive_facts(p, &p->ctr[i], &starting);
			again |= handle_pending(p, &p->ctr[i]);
		}
	}
}

/* Nothing of it is PID 1's to reap, and nothing tells of its group (cgroup v1): looked at again. */
static bool is_looked_at(const struct ctr *c)
{
	return c->state == CTR_SWEEP && c->cgroup_fd < 0 && !c->pid && !c->step_pid;
}

int64_t ctr_next_deadline(const struct ctr_pool *p)
{
	int64_t next = CTR_NEVER;

	for (size_t i = 0; i < p->n; i++) {
		const struct ctr *c = &p->ctr[i];

		if (c->deadline < next)
			next = c->deadline;
		if (is_looked_at(c) && p->now + LOOK_MS < next)
			next = p->now + LOOK_MS;
		if (ctr_state_runs(c->state) && c->probe.at < next)
			next = c->probe.at;
	}
	return next;
}
