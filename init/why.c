#include "why.h"

#include <stdio.h>
#include <string.h>

#include "order.h"

enum {
	DEPTH = 8, /* a longer chain is cut off */
	LINE = 320,
	DURATION = 48,
};

static void say(struct text *t, int depth, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct text *t, int depth, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_addf(t, "{\"depth\":%d,\"text\":", depth);
	text_add_json(t, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
	text_add(t, "}\n");
}

/* " (for 12 s)", or nothing in the first second. */
static const char *lasting(const struct machine *m, const struct ctr *c, char buf[DURATION])
{
	char time[32];

	buf[0] = '\0';
	if (m->now - c->since >= 1000)
		snprintf(buf, DURATION, " (for %s)",
			text_duration(m->now - c->since, time, sizeof(time)));
	return buf;
}

/* What has been explained above it. */
struct chain {
	const struct ctr *c;
	const struct chain *above;
};

static void explain(const struct machine *m, const struct chain *in, struct text *t, int depth);

static bool is_above(const struct chain *in, const struct ctr *c)
{
	for (; in; in = in->above) {
		if (in->c == c)
			return true;
	}
	return false;
}

/* The checker refuses a circle; an image that it never saw may have one. */
static void explain_other(const struct machine *m, const struct chain *in, const struct ctr *other,
	struct text *t, int depth)
{
	const struct chain next = {other, in};

	if (is_above(in, other))
		say(t, depth, "%s waits for itself in this way: a circle, which nothing ends",
			other->name);
	else
		explain(m, &next, t, depth);
}

static void explain_wait(const struct machine *m, const struct chain *in, struct text *t, int depth)
{
	const struct ctr *c = in->c;
	const struct scan_after *a = order_unmet(&m->pool, c);
	char what[POLICY_AFTER_MAX + SCAN_ID_MAX], time[DURATION];

	say(t, depth, "%s waits for %s%s", c->name,
		a ? order_text(&m->pool, c, a, what, sizeof(what)) : "nothing any more",
		lasting(m, c, time));
	if (!a)
		return;
	switch ((enum after_kind)a->kind) {
	case AFTER_NET:
		say(t, depth + 1, "%s", netwatch_why(&m->facts.net, what, sizeof(what)));
		break;
	case AFTER_CLOCK:
		say(t, depth + 1, "the kernel's clock is not synchronised");
		break;
	case AFTER_DEV:
		say(t, depth + 1, "the device is not there");
		break;
	case AFTER_CTR:
		if (a->at < m->pool.n)
			explain_other(m, in, &m->pool.ctr[a->at], t, depth + 1);
		break;
	}
}

static void explain_unready(const struct machine *m, const struct ctr *c, struct text *t, int depth)
{
	static const char *const signs[] = {[PROBE_NONE] = "nothing",
		[PROBE_LOG] = "a line of output with",
		[PROBE_NOTIFY] = "its own notification",
		[PROBE_TCP] = "somebody listening on TCP port",
		[PROBE_FILE] = "the file",
		[PROBE_HTTP] = "http",
		[PROBE_EXEC] = "exec"};
	const struct policy *y = &c->def->policy;
	char time[DURATION];

	say(t, depth, "%s runs%s and is not ready: its sign is %s %s", c->name, lasting(m, c, time),
		signs[y->ready], y->ready_arg);
	if (c->deadline != CTR_NEVER)
		say(t, depth + 1, "it is started anew if that does not come in %s",
			text_duration(c->deadline - m->now, time, sizeof(time)));
}

static void say_last_words(const struct ctr *c, struct text *t, int depth)
{
	if (c->last_words.taken)
		say(t, depth, "its last words: nannyctl logs --crashed %s", c->name);
}

static void say_last_run(const struct ctr *c, struct text *t, int depth)
{
	if (c->starts > 1)
		say(t, depth, "it has been started %u times%s%s", (unsigned)c->starts,
			c->reason[0] ? "; its last run: " : "", c->reason);
	if (c->starts > 1 && c->reason[0])
		say_last_words(c, t, depth);
}

static void explain_backoff(const struct machine *m, const struct ctr *c, struct text *t, int depth)
{
	char in[32];

	say(t, depth, "%s is down for a moment: it starts again in %s", c->name,
		text_duration(c->deadline == CTR_NEVER ? 0 : c->deadline - m->now, in, sizeof(in)));
	say(t, depth + 1, "%s; %u failure%s in a row, so: %s",
		c->reason[0] ? c->reason : "it did not start", (unsigned)c->backoff.in_a_row,
		c->backoff.in_a_row == 1 ? "" : "s", rung_name(c->rung));
	say_last_words(c, t, depth + 1);
}

static void explain_failed(
	const struct machine *m, const struct ctr *c, struct text *t, int depth, const char *time)
{
	const struct scan_after *a = c->started ? NULL : order_unmet(&m->pool, c);
	char what[POLICY_AFTER_MAX + SCAN_ID_MAX];

	say(t, depth, "%s has failed%s: %s", c->name, time,
		c->reason[0] ? c->reason : "it did not start");
	if (a)
		say(t, depth + 1, "it waited for %s",
			order_text(&m->pool, c, a, what, sizeof(what)));
	if (c->starts > 1)
		say(t, depth + 1, "it was tried %u times", (unsigned)c->starts);
	say_last_words(c, t, depth + 1);
}

static void explain_rest(const struct machine *m, const struct ctr *c, struct text *t, int depth)
{
	static const char *const restarts[] = {[RESTART_ALWAYS] = "always",
		[RESTART_ON_FAILURE] = "on-failure",
		[RESTART_NEVER] = "never"};
	char time[DURATION];

	(void)lasting(m, c, time);
	if (c->state == CTR_DONE)
		say(t, depth, "%s is done%s: it ended with exit status 0", c->name, time);
	else if (c->state == CTR_FAILED)
		explain_failed(m, c, t, depth, time);
	else if (m->maintenance)
		say(t, depth, "%s is down: the machine is in maintenance mode: %s", c->name,
			m->why);
	else if (!c->starts && !c->reason[0])
		say(t, depth, "%s has not had its turn: the machine is in phase %s", c->name,
			phase_name(m->phase));
	else
		say(t, depth, "%s is down%s: it was asked to stop", c->name, time);
	if (c->state == CTR_FAILED && c->started && !ctr_is_step(c))
		say(t, depth + 1, "restart: %s", restarts[c->def->policy.restart]);
}

static void explain_step(const struct machine *m, const struct ctr *c, struct text *t, int depth)
{
	char time[DURATION];

	say(t, depth, "%s runs%s and is not done", c->name, lasting(m, c, time));
	if (c->limit_at != CTR_NEVER)
		say(t, depth + 1, "it is ended if it is not done in %s",
			text_duration(c->limit_at - m->now, time, sizeof(time)));
	else
		say(t, depth + 1, "it may take as long as it likes");
}

static void explain_up(const struct machine *m, const struct ctr *c, struct text *t, int depth)
{
	char time[DURATION];

	if (ctr_is_step(c)) {
		explain_step(m, c, t, depth);
		return;
	}
	say(t, depth, "%s is up%s", c->name, lasting(m, c, time));
	if (c->health.failed)
		say(t, depth + 1, "%u of its last %u health probes failed",
			(unsigned)__builtin_popcount(c->health.failed),
			(unsigned)c->def->policy.health_of);
	if (c->not_well_since)
		say(t, depth + 1, "it has not been well for %s",
			text_duration(m->now - c->not_well_since, time, sizeof(time)));
	say_last_run(c, t, depth + 1);
}

static void explain(const struct machine *m, const struct chain *in, struct text *t, int depth)
{
	const struct ctr *c = in->c;
	char time[DURATION];

	if (depth >= DEPTH)
		return;
	switch (c->state) {
	case CTR_WAIT:
		explain_wait(m, in, t, depth);
		break;
	case CTR_UNREADY:
		explain_unready(m, c, t, depth);
		break;
	case CTR_UP:
		explain_up(m, c, t, depth);
		break;
	case CTR_BACKOFF:
		explain_backoff(m, c, t, depth);
		break;
	case CTR_DOWN:
	case CTR_DONE:
	case CTR_FAILED:
		explain_rest(m, c, t, depth);
		break;
	case CTR_QUEUE:
	case CTR_PREPARE:
	case CTR_CREATE:
	case CTR_WIRE:
	case CTR_START:
	case CTR_STOP:
	case CTR_SWEEP:
	case CTR_DELETE:
	case CTR_CLEAN:
	case CTR_ENDED:
	case CTR_STATE_N:
		say(t, depth, "%s is %s%s%s%s", c->name, ctr_state_name(c->state),
			lasting(m, c, time),
			c->reason[0] && ctr_state_falling(c->state) ? ": " : "",
			ctr_state_falling(c->state) ? c->reason : "");
		if (!ctr_state_falling(c->state))
			say_last_run(c, t, depth + 1);
		break;
	}
}

void why_container(const struct machine *m, const struct ctr *c, struct text *t)
{
	if (m->off != OFF_NONE)
		say(t, 0, "the machine ends (%s): %s", off_name(m->off), m->why);
	explain(m, &(struct chain){c, NULL}, t, 0);
}

static bool is_in_place(const struct ctr *c)
{
	if (c->state == CTR_UP)
		return !ctr_is_step(c) && !c->health.failed && !c->not_well_since;
	return c->state == CTR_DONE ||
	       (c->state == CTR_DOWN && !c->want_up && !c->def->policy.critical);
}

static void say_machine(const struct machine *m, struct text *t)
{
	char time[DURATION];

	if (!m->maintenance)
		say(t, 0, "the machine is in phase %s%s%s", phase_name(m->phase),
			m->why[0] ? ": " : "", m->why);
	else if (m->deadline == CTR_NEVER)
		say(t, 0, "the machine is in MAINTENANCE mode: %s", m->why);
	else
		say(t, 0,
			"the machine is in MAINTENANCE mode: %s; another boot is tried in %s, or "
			"by nannyctl reboot",
			m->why, text_duration(m->deadline - m->now, time, sizeof(time)));
}

void why_machine(const struct machine *m, struct text *t)
{
	const struct ledger *l = &m->ledger;
	size_t troubled = 0;

	say_machine(m, t);
	say(t, 1, "the last reset was %s%s%s; %u bad boot%s in a row",
		ledger_end_text((enum ledger_end)l->end), l->why[0] ? ": " : "", l->why,
		(unsigned)m->bad_boots, m->bad_boots == 1 ? "" : "s");
	if (m->watchdog.missed)
		say(t, 1,
			"the watchdog is not fed: %s; %u probe%s missed, at %d the machine is "
			"reset",
			m->watchdog.why, (unsigned)m->watchdog.missed,
			m->watchdog.missed == 1 ? "" : "s", WATCHDOG_SHARES);
	for (size_t i = 0; i < m->pool.n; i++) {
		const struct ctr *c = &m->pool.ctr[i];

		if (is_in_place(c))
			continue;
		if (t->size - t->len < 16 * LINE) {
			say(t, 1, "… and more: nannyctl status has them all");
			return;
		}
		explain(m, &(struct chain){c, NULL}, t, 1);
		troubled++;
	}
	if (!troubled)
		say(t, 1, "every container is where it should be");
}
