#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "events.h"
#include "hardware.h"
#include "log.h"
#include "machine.h"
#include "order.h"
#include "sys.h"

static void feed(struct watchdog *w)
{
	(void)sys_watchdog_feed(w->fd);
	/* Before it bites, a loop that does not turn any more has its handler say so (crash.c). */
	(void)sys_alarm(w->limit_ms * (WATCHDOG_SHARES - 1) / WATCHDOG_SHARES);
}

int watchdog_open(struct watchdog *w, const struct hardware *h, int64_t now_ms)
{
	unsigned s = (h->watchdog_ms + 999) / 1000;
	int r;

	if (w->fd >= 0)
		return 0;
	w->fd = h->watchdog_ms ? sys_open(h->watchdog, O_WRONLY) : -ENOENT;
	if (w->fd < 0) {
		r = w->fd;
		w->fd = -1;
		return r;
	}
	r = sys_watchdog_arm(w->fd, &s);
	if (r < 0)
		(void)log_errno(r, "watchdog %s: cannot set %u s", h->watchdog, s);
	if ((int64_t)s * 1000 < h->watchdog_ms)
		log_warn("watchdog %s: can do only %u s", h->watchdog, s);
	w->limit_ms = (int64_t)(s ? s : 1) * 1000;
	w->look_at = now_ms + w->limit_ms / WATCHDOG_SHARES;
	feed(w);
	log_info("watchdog %s: armed, %u s", h->watchdog, s);
	return 0;
}

/* For want of something outside of the machine, which no reset brings. */
static bool waits_for_the_world(const struct ctr_pool *p, const struct ctr *c)
{
	const struct scan_after *a = c->state == CTR_WAIT ? order_unmet(p, c) : NULL;

	return a && a->kind != AFTER_CTR;
}

static bool is_well(const struct ctr_pool *p, const struct ctr *c)
{
	if (c->state == CTR_UP)
		return ctr_is_stable(c, p->now);
	return c->state == CTR_DONE || waits_for_the_world(p, c) ||
	       (!c->want_up && c->state != CTR_FAILED);
}

/* The first critical service that has not been well for as long as it was given. */
static const struct ctr *find_unwell(struct machine *m)
{
	struct ctr *found = NULL;

	for (size_t i = 0; i < m->pool.n; i++) {
		struct ctr *c = &m->pool.ctr[i];
		const struct policy *y = &c->def->policy;

		if (!y->critical || c->def->kind != CTR_SERVICE)
			continue;
		if (!c->well_at || is_well(&m->pool, c))
			c->well_at = m->now;
		if (!found && y->unwell_ms && m->now - c->well_at >= y->unwell_ms)
			found = c;
	}
	return found;
}

/* In the phases of an end each has its deadline, which the loop keeps; off, there is none left. */
static bool may_feed(struct machine *m, char *why, size_t size)
{
	const struct ctr *c;

	if (m->phase == PHASE_OFF) {
		snprintf(why, size, "the machine does not go off");
		return false;
	}
	if (m->phase != PHASE_UP || m->maintenance)
		return true;
	c = find_unwell(m);
	if (c)
		snprintf(why, size, "%.40s is not well: %.60s", c->name,
			c->reason[0] ? c->reason : ctr_state_name(c->state));
	return !c;
}

static void write_line(struct machine *m)
{
	struct ledger_line *l = &m->remember.line;

	l->watchdog_ms = (uint32_t)m->watchdog.limit_ms;
	if (m->off == OFF_NONE || m->phase == PHASE_OFF) {
		l->now = m->watchdog.missed ? LEDGER_STARVES : LEDGER_RUNS;
		snprintf(l->why, sizeof(l->why), "%s%s%u probes missed", m->watchdog.why,
			m->watchdog.why[0] ? "; " : "", (unsigned)m->watchdog.missed);
	}
	remember_line(&m->remember);
}

static void eat(struct machine *m)
{
	struct watchdog *w = &m->watchdog;
	const bool starved = w->missed;

	w->missed = 0;
	w->why[0] = '\0';
	feed(w);
	if (starved) {
		log_info("watchdog: fed again");
		events_machine(&m->events, m->now, "watchdog is fed again", "");
	}
	if (starved || remember_was_handled())
		write_line(m);
}

static void starve(struct machine *m)
{
	struct watchdog *w = &m->watchdog;

	if (w->missed++ == 0) {
		(void)sys_alarm(0);
		log_warn("watchdog: not fed any more: %s; the machine is reset in %lld s", w->why,
			(long long)(w->limit_ms - w->limit_ms / WATCHDOG_SHARES) / 1000);
		events_machine(&m->events, m->now, "watchdog is not fed", w->why);
	}
	/* A machine that is slow to go off has been asked to all the same. */
	if (m->phase != PHASE_OFF || w->missed == WATCHDOG_SHARES - 1)
		write_line(m);
}

void watchdog_settle(struct machine *m)
{
	struct watchdog *w = &m->watchdog;

	if (w->fd < 0 || m->now < w->look_at)
		return;
	w->look_at = m->now + w->limit_ms / WATCHDOG_SHARES;
	if (may_feed(m, w->why, sizeof(w->why)))
		eat(m);
	else
		starve(m);
}

void watchdog_last(struct machine *m)
{
	struct watchdog *w = &m->watchdog;

	if (w->fd < 0)
		return;
	feed(w);
	w->look_at = m->now + w->limit_ms / WATCHDOG_SHARES;
	(void)sys_alarm(0);
	if (m->off != OFF_HALT)
		return;
	if (sys_write(w->fd, "V", 1) < 0)
		log_warn("watchdog: cannot be let go: it will reset the halted machine");
	sys_close(&w->fd);
	w->look_at = CTR_NEVER;
}
