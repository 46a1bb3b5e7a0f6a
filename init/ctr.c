#include "ctr.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../lib/text.h"
#include "cgroup.h"
#include "ctr_io.h"
#include "ctr_path.h"
#include "ctr_run.h"
#include "log.h"
#include "source.h"
#include "sys.h"

enum {
	RUNTIME_MS = 60 * 1000, /* one call of the runtime or a helper; slow flash, loaded CPU */
	SWEEP_MS = 10 * 1000,   /* until a killed container is given up as unkillable */
	BACKOFF_FIRST_MS = 100,
	BACKOFF_CAP_MS = 60 * 1000,
	STABLE_MS = 10 * 1000,
};

#define BIT(e) (1u << (e))

/* Facts about the state it was in: they must not be taken for facts about the next one. */
#define OF_ONE_STATE (BIT(CTR_EV_TIMEOUT) | BIT(CTR_EV_SLOT) | BIT(CTR_EV_QUIET))

int ctr_pool_init(struct ctr_pool *p, size_t n)
{
	if (!n)
		return 0;
	p->ctr = sys_map(n * sizeof(*p->ctr));
	p->records = sys_map(n * sizeof(*p->records));
	return p->ctr && p->records ? 0 : -ENOMEM;
}

static const char *short_name(const struct scan_record *def)
{
	const char *dash = strchr(def->id, '-');

	return def->kind == CTR_SERVICE || !dash ? def->id : dash + 1;
}

static void ready_one(struct ctr *c, const struct scan_record *def, int64_t now)
{
	*c = (struct ctr){
		.def = def,
		.name = short_name(def),
		.pidfd = -1,
		.step_pidfd = -1,
		.out = {-1, -1},
		.err = {-1, -1},
		.cgroup_fd = -1,
		.deadline = CTR_NEVER,
		.since = now,
		.backoff = {BACKOFF_FIRST_MS, BACKOFF_CAP_MS, STABLE_MS, 0},
	};
	ring_init(&c->ring, sys_map(CTR_RING_BYTES), CTR_RING_BYTES);
	if (!c->ring.bytes)
		snprintf(c->reason, sizeof(c->reason), "no memory for its log");
	if (def->error[0])
		snprintf(c->reason, sizeof(c->reason), "%.90s", def->error);
	if (c->reason[0]) {
		c->state = CTR_FAILED;
		log_warn("container %s: cannot be run: %s", c->name, c->reason);
	}
}

void ctr_pool_ready(struct ctr_pool *p, size_t n)
{
	p->n = n;
	for (size_t i = 0; i < p->n; i++)
		ready_one(&p->ctr[i], &p->records[i], p->now);
}

void ctr_want(struct ctr *c, bool up)
{
	if (c->def->error[0] || !c->ring.bytes)
		return;
	c->want_up = up;
	c->restart_now = false; /* the last wish counts */
	c->pending &= ~(BIT(CTR_EV_WANT_UP) | BIT(CTR_EV_WANT_DOWN));
	c->pending |= up ? BIT(CTR_EV_WANT_UP) : BIT(CTR_EV_WANT_DOWN);
}

void ctr_restart(struct ctr *c)
{
	bool runs =
		!ctr_state_at_rest(c->state) && c->state != CTR_BACKOFF && c->state != CTR_QUEUE;

	ctr_want(c, !runs);
	c->want_up = true;
	c->restart_now = runs;
}

const char *ctr_how(const struct ctr *c, char *buf, size_t size)
{
	if (c->timed_out)
		snprintf(buf, size, "not done in %u ms", (unsigned)c->def->timeout_ms);
	else if (WIFSIGNALED(c->status))
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(c->status),
			strsignal(WTERMSIG(c->status)));
	else
		snprintf(buf, size, "exit status %d", WEXITSTATUS(c->status));
	return buf;
}

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

/* The runtime's own words, the last line of its stderr, are the best reason there is. */
static void take_reason(struct ctr *c, int status)
{
	static struct ring_record rec;
	struct ring_cursor at = ring_last(&c->ring, 1);
	struct text t = text_in(c->reason, sizeof(c->reason));
	const char *msg;
	uint64_t lost;

	text_addf(&t, "%s failed", ctr_state_name(c->state));
	if (WIFSIGNALED(status))
		text_addf(&t, " (signal %d)", WTERMSIG(status));
	if (!ring_next(&c->ring, &at, &rec, &lost) || rec.stream != RING_ERR)
		return;
	rec.text[rec.len < RING_RECORD_MAX ? rec.len : RING_RECORD_MAX - 1] = '\0';
	msg = strstr(rec.text, "msg=\""); /* runc and crun: time="…" level=error msg="…" */
	msg = msg ? msg + strlen("msg=\"") : rec.text;
	text_addf(&t, ": %.*s", (int)strcspn(msg, "\""), msg);
}

static void step_ended(struct ctr_pool *p, struct ctr *c, int status)
{
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	ctr_drain(p, (size_t)(c - p->ctr));
	sys_close(&c->step_pidfd);
	c->step_pid = 0;
	if (c->state == CTR_CREATE && ok && ctr_adopt(p, c) < 0)
		ok = false;
	if (!ok && c->state != CTR_SWEEP && c->state != CTR_DELETE && c->state != CTR_CLEAN) {
		take_reason(c, status);
		log_warn("%s: %s", c->name, c->reason);
	}
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

static void act_step(
	struct ctr_pool *p, struct ctr *c, int (*spawn)(struct ctr_pool *, struct ctr *))
{
	int r = spawn(p, c);

	c->deadline = p->now + RUNTIME_MS;
	if (r < 0) {
		snprintf(c->reason, sizeof(c->reason), "cannot start a process: %s", strerror(-r));
		(void)log_errno(r, "%s: cannot start the process for \"%s\"", c->name,
			ctr_state_name(c->state));
		c->pending |= BIT(CTR_EV_STEP_FAIL);
	} else if (r == 0) {
		c->pending |= BIT(CTR_EV_STEP_OK); /* nothing to do in this state */
	}
}

static void act_prepare(struct ctr_pool *p, struct ctr *c)
{
	c->exited = c->started = c->timed_out = false;
	c->restart_now = false;
	c->starts++;
	act_step(p, c, ctr_run_prepare);
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

static void act_up(struct ctr_pool *p, struct ctr *c)
{
	c->started = true;
	c->up_at = p->now;
	c->reason[0] = '\0';
	if (c->def->timeout_ms && c->def->kind != CTR_SERVICE)
		c->deadline = p->now + c->def->timeout_ms;
	if (c->exited)
		c->pending |= BIT(CTR_EV_EXIT);
}

static void act_term(struct ctr_pool *p, struct ctr *c)
{
	c->timed_out = c->want_up && !c->restart_now; /* else it was asked to */
	c->deadline = p->now + c->def->stop_ms;
	if (c->pidfd >= 0)
		(void)sys_pidfd_kill(c->pidfd, c->def->stop_signal);
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
	if (cgroup_empty(group))
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

static void act_clean(struct ctr_pool *p, struct ctr *c)
{
	ctr_forget(c);
	act_step(p, c, ctr_run_clean);
}

static void act_decide(struct ctr_pool *p, struct ctr *c)
{
	struct ctr_outcome o = {
		.service = c->def->kind == CTR_SERVICE,
		.want_up = c->want_up,
		.restart = c->restart_now,
		.started = c->started,
		.clean = c->exited && !c->timed_out && c->status == 0,
	};

	ctr_forget(c);
	backoff_note(&c->backoff, c->started ? p->now - c->up_at : 0);
	c->pending |= BIT(ctr_after(&o));
}

static void act_wait(struct ctr_pool *p, struct ctr *c)
{
	char how[64];
	uint32_t delay = c->restart_now ? 0 : backoff_delay(&c->backoff, sys_random());

	c->deadline = p->now + delay;
	if (c->restart_now) {
		log_info("%s: restarts, as asked", c->name);
		return;
	}
	if (c->started)
		snprintf(c->reason, sizeof(c->reason), "%s", ctr_how(c, how, sizeof(how)));
	log_warn("%s: %s; restarts in %u ms", c->name, c->reason[0] ? c->reason : "did not start",
		(unsigned)delay);
}

static void act_report(struct ctr_pool *p, struct ctr *c)
{
	char how[64];

	(void)p;
	if (c->state == CTR_DONE)
		log_info("%s: done", c->name);
	else if (c->state == CTR_DOWN)
		log_info("%s: stopped", c->name);
	else if (c->started)
		snprintf(c->reason, sizeof(c->reason), "%s", ctr_how(c, how, sizeof(how)));
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
	[CTR_ACT_UP] = act_up,
	[CTR_ACT_TERM] = act_term,
	[CTR_ACT_KILL] = act_kill,
	[CTR_ACT_DELETE] = act_delete,
	[CTR_ACT_CLEAN] = act_clean,
	[CTR_ACT_DECIDE] = act_decide,
	[CTR_ACT_WAIT] = act_wait,
	[CTR_ACT_REPORT] = act_report,
};

static void apply(struct ctr_pool *p, struct ctr *c, enum ctr_event e)
{
	struct ctr_step s = ctr_next(c->state, e);

	if (!s.possible) {
		p->impossible++;
		log_warn("%s: bug: event %s in state %s", c->name, ctr_event_name(e),
			ctr_state_name(c->state));
		return;
	}
	if (s.next != c->state) {
		c->state = s.next;
		c->since = p->now;
		c->deadline = CTR_NEVER;
		c->pending &= ~OF_ONE_STATE;
	}
	acts[s.act](p, c);
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

static bool is_quiet(const struct ctr *c)
{
	char group[CTR_PATH_MAX];

	if (c->pid || c->step_pid)
		return false;
	ctr_group(c, group);
	return cgroup_empty(group);
}

static void derive_facts(struct ctr_pool *p, struct ctr *c, unsigned *starting)
{
	if (c->deadline <= p->now) {
		c->deadline = CTR_NEVER;
		if (c->state != CTR_BACKOFF)
			log_warn("%s: %s took too long", c->name, ctr_state_name(c->state));
		c->pending |= BIT(CTR_EV_TIMEOUT);
	}
	if (c->state == CTR_SWEEP && is_quiet(c))
		c->pending |= BIT(CTR_EV_QUIET);
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

int64_t ctr_next_deadline(const struct ctr_pool *p)
{
	int64_t next = CTR_NEVER;

	for (size_t i = 0; i < p->n; i++) {
		if (p->ctr[i].deadline < next)
			next = p->ctr[i].deadline;
	}
	return next;
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
