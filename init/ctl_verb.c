#include "ctl_verb.h"

#include <stdio.h>
#include <string.h>

#include "../lib/text.h"
#include "boot.h"
#include "machine.h"
#include "why.h"

enum {
	WAIT_MS = 120 * 1000, /* for a start or stop to be complete */
	LINE_ROOM = 8192,     /* the longest object: a record with every byte escaped to \u00xx */
};

static void add_field(struct text *t, const char *key, const char *value)
{
	text_addf(t, ",\"%s\":", key);
	text_add_json(t, value, strlen(value));
}

static void put(struct ctl_client *c, const struct text *t)
{
	c->out_len += t->len;
}

static struct text room_of(struct ctl_client *c)
{
	return text_in(c->out + c->out_len, CTL_OUT - c->out_len);
}

static void finish(struct ctl_client *c)
{
	struct text t = room_of(c);

	text_add(&t, "{\"ok\":true}\n");
	put(c, &t);
	c->stage = CTL_LAST;
}

void ctl_verb_fail(struct ctl_client *c, const char *code, const char *message)
{
	struct text t = room_of(c);

	text_add(&t, "{\"error\":");
	text_add_json(&t, message, strlen(message));
	add_field(&t, "code", code);
	text_add(&t, "}\n");
	put(c, &t);
	c->stage = CTL_LAST;
}

static const char *kind_of(const struct ctr *c)
{
	static const char *const kinds[] = {"onboot", "onshutdown", "service"};
	static const char *const programs[] = {"init.d", "shutdown.d", "init.d"};

	return c->def->program ? programs[c->def->kind] : kinds[c->def->kind];
}

static void add_reset(const struct machine *m, struct text *t)
{
	add_field(t, "last_reset", ledger_end_name((enum ledger_end)m->ledger.end));
	if (m->ledger.why[0])
		add_field(t, "last_reset_why", m->ledger.why);
	text_addf(t, ",\"bad_boots\":%u", (unsigned)m->bad_boots);
	if (remember_works(&m->remember))
		text_addf(t, ",\"boots\":%u", (unsigned)m->remember.line.boots);
}

static void add_watchdog(const struct machine *m, struct text *t)
{
	const struct watchdog *w = &m->watchdog;

	if (!m->hardware.watchdog[0])
		return;
	text_add(t, ",\"watchdog\":{\"device\":");
	text_add_json(t, m->hardware.watchdog, strlen(m->hardware.watchdog));
	text_addf(t, ",\"armed\":%s", w->fd >= 0 ? "true" : "false");
	if (w->fd >= 0)
		text_addf(t, ",\"limit_ms\":%lld,\"missed\":%u", (long long)w->limit_ms,
			(unsigned)w->missed);
	if (w->missed)
		add_field(t, "why", w->why);
	text_add(t, "}");
}

static void add_machine(const struct machine *m, struct text *t)
{
	text_add(t, "{\"phase\":");
	text_add_json(t, phase_name(m->phase), strlen(phase_name(m->phase)));
	text_addf(t, ",\"uptime_ms\":%lld,\"began_ms\":%lld,\"degraded\":%s", (long long)m->now,
		(long long)m->began_ms, machine_degraded(m) ? "true" : "false");
	text_addf(t, ",\"net\":%s,\"net_overruns\":%llu", m->pool.net ? "true" : "false",
		(unsigned long long)m->facts.net.overruns);
	add_reset(m, t);
	add_watchdog(m, t);
	if (m->maintenance)
		text_add(t, ",\"maintenance\":true");
	if (m->why[0])
		add_field(t, "why", m->why);
	if (m->off != OFF_NONE)
		add_field(t, "ending", off_name(m->off));
	text_addf(t, ",\"uevents\":{\"kernel\":%llu,\"forged\":%llu,\"lost\":%llu}",
		(unsigned long long)m->plug.said, (unsigned long long)m->plug.forged,
		(unsigned long long)m->plug.lost);
	text_addf(t, ",\"containers\":%zu,\"orphans\":%llu,\"console_dropped\":%llu,\"bugs\":%llu",
		m->pool.n, (unsigned long long)m->strangers, (unsigned long long)m->console.dropped,
		(unsigned long long)m->pool.impossible);
	text_addf(t, ",\"loop\":{\"turns\":%llu,\"p999_us\":%u,\"max_us\":%u}}\n",
		(unsigned long long)m->turns.n, (unsigned)turns_p999(&m->turns),
		(unsigned)m->turns.max_us);
}

static void add_container(const struct machine *m, const struct ctr *c, struct text *t)
{
	char how[64];

	text_add(t, "{\"name\":");
	text_add_json(t, c->name, strlen(c->name));
	add_field(t, "id", c->def->id);
	add_field(t, "kind", kind_of(c));
	add_field(t, "state", ctr_state_name(c->state));
	text_addf(t, ",\"for_ms\":%lld,\"starts\":%u", (long long)(m->now - c->since),
		(unsigned)c->starts);
	text_addf(t, ",\"log_bytes\":%llu,\"log_dropped\":%llu", (unsigned long long)c->ring.taken,
		(unsigned long long)c->ring.dropped);
	if (c->pid)
		text_addf(t, ",\"pid\":%d", (int)c->pid);
	if (c->exited) {
		add_field(t, "last_end", ctr_how(c, how, sizeof(how)));
		text_addf(t, ",\"wait_status\":%d", c->status);
	}
	if (c->def->policy.critical)
		text_add(t, ",\"critical\":true");
	if (c->reason[0])
		add_field(t, "reason", c->reason);
	text_add(t, "}\n");
}

static void go_on_status(struct machine *m, struct ctl_client *c)
{
	struct text t = room_of(c);

	if (!c->begun)
		add_machine(m, &t);
	c->begun = true;
	while (c->next < m->pool.n && t.size - t.len > LINE_ROOM)
		add_container(m, &m->pool.ctr[c->next++], &t);
	put(c, &t);
	if (c->next == m->pool.n && CTL_OUT - c->out_len > 64)
		finish(c);
}

static const struct ring *ring_of(const struct machine *m, const struct ctl_client *c)
{
	if (c->container == CTL_OF_INIT)
		return &m->log;
	if (c->container == CTL_OF_EVENTS)
		return &m->events;
	return c->crashed ? &m->pool.ctr[c->container].last_words : &m->pool.ctr[c->container].ring;
}

static void add_record(struct text *t, const struct ring_record *r)
{
	static const char *const streams[] = {"out", "err", "sys"};

	text_addf(t, "{\"time_ms\":%lld,\"stream\":\"%s\",\"partial\":%s,\"text\":",
		(long long)r->time_ms, streams[r->stream], r->partial ? "true" : "false");
	text_add_json(t, r->text, r->len);
	text_add(t, "}\n");
}

static void go_on_logs(struct machine *m, struct ctl_client *c)
{
	static struct ring_record rec;
	struct text t = room_of(c);
	bool more = true;

	while (t.size - t.len > LINE_ROOM) {
		uint64_t lost;

		more = ring_next(ring_of(m, c), &c->cursor, &rec, &lost);
		if (lost)
			text_addf(&t, "{\"lost\":%llu}\n", (unsigned long long)lost);
		if (!more)
			break;
		if (c->container == CTL_OF_EVENTS)
			text_addf(&t, "%.*s\n", (int)rec.len, rec.text); /* events.c wrote JSON */
		else
			add_record(&t, &rec);
	}
	put(c, &t);
	if (!more && !c->follow)
		finish(c);
}

static void go_on_why(struct machine *m, struct ctl_client *c)
{
	struct text t = room_of(c);

	if (c->container == CTL_OF_INIT)
		why_machine(m, &t);
	else
		why_container(m, &m->pool.ctr[c->container], &t);
	put(c, &t);
	finish(c);
}

static void add_slot(const struct machine *m, struct text *t)
{
	const char slot[] = {m->slots.running, '\0'};

	if (!slot[0])
		return;
	add_field(t, "slot", slot);
	add_field(t, "slot_why", slots_part_text((enum slot_part)m->slots.part));
	text_addf(t, ",\"slot_is_good\":%s,\"other_slot_is_good\":%s",
		m->slots.is_good ? "true" : "false", m->slots.other_good ? "true" : "false");
}

static void go_on_board(struct machine *m, struct ctl_client *c)
{
	struct text t = room_of(c);

	text_add(&t, "{\"board\":");
	text_add_json(&t, m->hardware.board, strlen(m->hardware.board));
	add_field(&t, "model", m->hardware.model);
	add_slot(m, &t);
	add_reset(m, &t);
	add_watchdog(m, &t);
	if (m->hardware.led[0]) {
		add_field(&t, "led", m->hardware.led);
		add_field(&t, "led_shows", led_patterns[m->led].name);
	}
	text_add(&t, "}\n");
	put(c, &t);
	finish(c);
}

static void add_phases(const struct machine *m, struct text *t)
{
	text_addf(
		t, "{\"began_ms\":%lld,\"now_ms\":%lld", (long long)m->began_ms, (long long)m->now);
	add_reset(m, t);
	text_add(t, ",\"phases\":{");
	for (int i = 0, n = 0; i < PHASE_N; i++) {
		if (m->phase_at[i])
			text_addf(t, "%s\"%s\":%lld", n++ ? "," : "", phase_name((enum phase)i),
				(long long)m->phase_at[i]);
	}
	text_add(t, "}}\n");
}

static void add_marks(const struct ctr *c, struct text *t)
{
	static const char *const names[] = {[MARK_WAIT] = "wait_ms",
		[MARK_START] = "start_ms",
		[MARK_RUNS] = "runs_ms",
		[MARK_READY] = "ready_ms",
		[MARK_END] = "end_ms"};

	text_add(t, "{\"name\":");
	text_add_json(t, c->name, strlen(c->name));
	add_field(t, "kind", kind_of(c));
	for (int i = 0; i < MARK_N; i++) {
		if (c->mark[i])
			text_addf(t, ",\"%s\":%lld", names[i], (long long)c->mark[i]);
	}
	text_add(t, "}\n");
}

static void go_on_boot(struct machine *m, struct ctl_client *c)
{
	struct text t = room_of(c);

	if (!c->begun)
		add_phases(m, &t);
	c->begun = true;
	while (c->next < m->pool.n && t.size - t.len > LINE_ROOM)
		add_marks(&m->pool.ctr[c->next++], &t);
	put(c, &t);
	if (c->next == m->pool.n && CTL_OUT - c->out_len > 64)
		finish(c);
}

static void go_on_stop(struct machine *m, struct ctl_client *c)
{
	const struct ctr *ctr = &m->pool.ctr[c->container];

	if (ctr->want_up)
		ctl_verb_fail(c, "refused", "it was asked to start meanwhile");
	else if (ctr_state_at_rest(ctr->state))
		finish(c);
	else if (c->deadline <= m->now)
		ctl_verb_fail(c, "failed", "it still runs; see its status");
}

/* Once, as soon as it is known: what a start that does not come at once waits for. */
static void say_wait(struct machine *m, struct ctl_client *c)
{
	struct text t = room_of(c);

	if (c->begun || m->pool.ctr[c->container].state != CTR_WAIT)
		return;
	c->begun = true;
	why_container(m, &m->pool.ctr[c->container], &t);
	put(c, &t);
}

/* What ends by itself has done its work then; others when they are up. */
static bool has_come_up(const struct ctr *ctr)
{
	bool ends = ctr_is_step(ctr) || ctr->def->policy.oneshot;

	return ctr->state == CTR_DONE || (ctr->state == CTR_UP && !ends);
}

static const char *still_on_its_way(const struct ctr *ctr)
{
	if (ctr->state == CTR_WAIT)
		return "it still waits; it starts as soon as that is there";
	return ctr->state == CTR_UP ? "it still runs and is not done"
				    : "it does not come up; nannyctl why tells";
}

/* The first failure of this start is the answer; one may fail before it is started, waiting. */
static void go_on_start(struct machine *m, struct ctl_client *c)
{
	const struct ctr *ctr = &m->pool.ctr[c->container];
	bool tried;

	say_wait(m, c);
	tried = ctr->starts != c->starts || c->begun;
	if (tried && has_come_up(ctr))
		finish(c);
	else if (tried && (ctr->state == CTR_FAILED || ctr->state == CTR_BACKOFF))
		ctl_verb_fail(c, "failed", ctr->reason[0] ? ctr->reason : "it ended at once");
	else if (m->off != OFF_NONE)
		ctl_verb_fail(c, "refused", "the machine is shutting down");
	else if (!ctr->want_up)
		ctl_verb_fail(c, "refused", "it was asked to stop meanwhile");
	else if (c->deadline <= m->now)
		ctl_verb_fail(c, "failed", still_on_its_way(ctr));
}

static void begin_stop(struct machine *m, struct ctl_client *c)
{
	ctr_want(&m->pool.ctr[c->container], false);
}

static void begin_start(struct machine *m, struct ctl_client *c)
{
	struct ctr *ctr = &m->pool.ctr[c->container];

	c->starts = ctr->starts;
	if (ctr->state == CTR_UP)
		c->starts = ctr->starts - 1; /* it runs already: that is the answer */
	ctr_want(ctr, true);
}

static void begin_restart(struct machine *m, struct ctl_client *c)
{
	c->starts = m->pool.ctr[c->container].starts;
	ctr_restart(&m->pool.ctr[c->container]);
}

static void begin_off(struct machine *m, struct ctl_client *c)
{
	static const enum off how[VERB_N] = {[VERB_REBOOT] = OFF_REBOOT,
		[VERB_POWEROFF] = OFF_POWEROFF,
		[VERB_HALT] = OFF_HALT,
		[VERB_FACTORY_RESET] = OFF_REBOOT,
		[VERB_TRY] = OFF_REBOOT};
	static const char *const who[VERB_N] = {
		[VERB_FACTORY_RESET] = "nannyctl factory-reset", [VERB_TRY] = "nannyctl try"};

	boot_request(m, how[c->verb], who[c->verb] ? who[c->verb] : "nannyctl");
	finish(c);
}

enum argument {
	ARG_NONE,
	ARG_ACT, /* a container to act upon */
	ARG_ASK, /* a container, or nothing */
	ARG_LOG, /* a container or "init", a number of lines, and perhaps "follow" or "crashed" */
	ARG_EVENTS, /* a number of lines, and perhaps "follow" */
};

static const struct {
	enum argument args;
	void (*begin)(struct machine *, struct ctl_client *);
	void (*go_on)(struct machine *, struct ctl_client *);
} verbs[] = {
	[VERB_STATUS] = {ARG_NONE, NULL, go_on_status},
	[VERB_LOGS] = {ARG_LOG, NULL, go_on_logs},
	[VERB_EVENTS] = {ARG_EVENTS, NULL, go_on_logs},
	[VERB_WHY] = {ARG_ASK, NULL, go_on_why},
	[VERB_BOOT] = {ARG_NONE, NULL, go_on_boot},
	[VERB_BOARD] = {ARG_NONE, NULL, go_on_board},
	[VERB_START] = {ARG_ACT, begin_start, go_on_start},
	[VERB_STOP] = {ARG_ACT, begin_stop, go_on_stop},
	[VERB_RESTART] = {ARG_ACT, begin_restart, go_on_start},
	[VERB_REBOOT] = {ARG_NONE, begin_off, NULL},
	[VERB_POWEROFF] = {ARG_NONE, begin_off, NULL},
	[VERB_HALT] = {ARG_NONE, begin_off, NULL},
	[VERB_FACTORY_RESET] = {ARG_NONE, begin_off, NULL},
	[VERB_TRY] = {ARG_NONE, begin_off, NULL},
};
_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == VERB_N, "a verb does nothing");

static bool find_container(struct machine *m, struct ctl_client *c, const char *name)
{
	char message[SCAN_ID_MAX + 64];
	struct ctr *ctr = ctr_find(&m->pool, name);

	if (ctr) {
		c->container = (size_t)(ctr - m->pool.ctr);
		return true;
	}
	snprintf(message, sizeof(message), "no container has the name \"%.*s\"", SCAN_ID_MAX, name);
	ctl_verb_fail(c, "not-found", message);
	return false;
}

static bool arguments_of_act(struct machine *m, struct ctl_client *c, char *words[3])
{
	if (!words[0] || words[1]) {
		ctl_verb_fail(c, "usage", "the verb takes one name");
		return false;
	}
	if (!find_container(m, c, words[0]))
		return false;
	if (m->off != OFF_NONE) {
		ctl_verb_fail(c, "refused", "the machine is shutting down");
		return false;
	}
	if (m->pool.ctr[c->container].def->error[0]) {
		ctl_verb_fail(c, "failed", m->pool.ctr[c->container].reason);
		return false;
	}
	c->deadline = m->now + WAIT_MS;
	return true;
}

/* LINES and how to go on; false when they are none. */
static bool take_lines(struct machine *m, struct ctl_client *c, const char *count, const char *how)
{
	int64_t lines;

	c->follow = how && strcmp(how, "follow") == 0;
	c->crashed = how && strcmp(how, "crashed") == 0;
	if (!count || !text_number(count, 0, INT32_MAX, &lines) ||
		(how && !c->follow && !c->crashed))
		return false;
	c->cursor = ring_last(ring_of(m, c), (uint64_t)lines);
	return true;
}

static bool arguments_of_log(struct machine *m, struct ctl_client *c, char *words[3])
{
	c->container = CTL_OF_INIT;
	if (words[0] && strcmp(words[0], "init") != 0 && !find_container(m, c, words[0]))
		return false;
	if (words[0] && take_lines(m, c, words[1], words[2]))
		return true;
	ctl_verb_fail(
		c, "usage", "logs takes a name, a number of lines, and \"follow\" or \"crashed\"");
	return false;
}

static bool arguments_of_events(struct machine *m, struct ctl_client *c, char *words[3])
{
	c->container = CTL_OF_EVENTS;
	if (!words[2] && take_lines(m, c, words[0], words[1]) && !c->crashed)
		return true;
	ctl_verb_fail(c, "usage", "events takes a number of lines, and \"follow\"");
	return false;
}

static bool arguments_of_ask(struct machine *m, struct ctl_client *c, char *words[3])
{
	c->container = CTL_OF_INIT;
	if (words[1])
		ctl_verb_fail(c, "usage", "the verb takes one name, or none");
	return !words[1] && (!words[0] || find_container(m, c, words[0]));
}

static bool arguments_ok(struct machine *m, struct ctl_client *c, char *words[3])
{
	switch (verbs[c->verb].args) {
	case ARG_ACT:
		return arguments_of_act(m, c, words);
	case ARG_ASK:
		return arguments_of_ask(m, c, words);
	case ARG_LOG:
		return arguments_of_log(m, c, words);
	case ARG_EVENTS:
		return arguments_of_events(m, c, words);
	case ARG_NONE:
		break;
	}
	if (words[0])
		ctl_verb_fail(c, "usage", "the verb takes no argument");
	return !words[0];
}

void ctl_verb_begin(struct machine *m, struct ctl_client *c)
{
	char *save = NULL;
	char *verb = strtok_r(c->in, " ", &save);
	char *words[3];
	bool more;

	for (size_t i = 0; i < 3; i++)
		words[i] = strtok_r(NULL, " ", &save);
	more = strtok_r(NULL, " ", &save) != NULL;
	c->stage = CTL_ANSWER;
	c->verb = verb ? verb_find(verb) : VERB_N;
	if (c->verb == VERB_N || more) {
		ctl_verb_fail(c, "usage", "no such request");
		return;
	}
	if (arguments_ok(m, c, words) && verbs[c->verb].begin)
		verbs[c->verb].begin(m, c);
}

void ctl_verb_go_on(struct machine *m, struct ctl_client *c)
{
	if (verbs[c->verb].go_on)
		verbs[c->verb].go_on(m, c);
}
