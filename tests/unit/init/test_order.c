/*
 * What a user may ask for, in a whole machine: order, readiness, health, restart, steps that fail,
 * the ladder, maintenance; and what is told of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>

#include "life.h"

static void services_start_when_what_they_come_after_is_so(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	struct fake_ctr *c = fake_add(CTR_SERVICE, "c");
	struct fake_ctr *d = fake_add(CTR_SERVICE, "d");

	(void)state;
	ask(c, "ready", "tcp 80");
	c->well_from = 20000;
	ask(d, "oneshot", "true");
	d->run_ms = 30000;
	wait_for(a, 2, STAGE_READY);
	wait_for(b, 2, STAGE_STARTED);
	wait_for(b, 3, STAGE_DONE);
	begin();
	run_until(15000);
	assert_int_equal(state_of("c"), CTR_UNREADY);
	assert_int_equal(state_of("a"), CTR_WAIT);
	run_until(25000);
	assert_int_equal(state_of("c"), CTR_UP);
	assert_in_range(a->started_at[0], 20000, 20100);
	assert_int_equal(state_of("b"), CTR_WAIT);
	run_until(40000);
	assert_int_equal(state_of("d"), CTR_DONE);
	assert_true(b->started_at[0] >= d->ended_at);
	assert_int_equal(d->started, 1);
	assert_false(machine_degraded(&m));
	assert_non_null(strstr(world.log, "up: every service is ready"));
}

static void net_and_clock_are_waited_for(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a->after[0].kind = AFTER_NET;
	a->after[1].kind = AFTER_CLOCK;
	a->after_n = 2;
	begin();
	run_until(5000);
	m.facts.net.routes = 1;
	(void)answer_to("status\n");
	run_until(6000);
	assert_int_equal(state_of("a"), CTR_WAIT);
	assert_non_null(strstr(answer_to("why a\n"), "a waits for clock"));
	/* It is looked at once a second while somebody waits for it. */
	world.clock_at = 7500;
	run_until(9000);
	assert_in_range(a->started_at[0], 7500, 8600);
	assert_true(m.facts.look_at == CTR_NEVER);
	assert_int_equal(state_of("a"), CTR_UP);
}

static void a_start_that_waits_says_so_at_once(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	int client;

	(void)state;
	a->after[0].kind = AFTER_NET;
	a->after_n = 1;
	begin();
	run_until(5000);
	client = fake_client("start a\n", 0);
	run_until(5100);
	assert_non_null(
		strstr(fake_answer(client), "{\"depth\":0,\"text\":\"a waits for net (for "));
	assert_non_null(strstr(fake_answer(client), "\"depth\":1"));
	assert_null(strstr(fake_answer(client), "\"ok\""));
	/* Once; and the last word is the error, while it goes on waiting. */
	run_until(130000);
	assert_null(strstr(strstr(fake_answer(client), "waits for") + 1, "waits for"));
	assert_non_null(strstr(fake_answer(client), "it still waits"));
	m.facts.net.routes = 1;
	client = fake_client("start a\n", 0);
	run_until(140000);
	assert_string_equal(fake_answer(client), "{\"ok\":true}\n");
}

/* It goes on waiting for what it needs at each start, and stops before it. */
static void the_end_is_in_the_opposite_order(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	struct fake_ctr *c = fake_add(CTR_SERVICE, "c");

	(void)state;
	wait_for(a, 1, STAGE_READY);
	wait_for(b, 2, STAGE_READY);
	a->term_ms = b->term_ms = 3000;
	fake_signal(20000, SIGTERM);
	begin();
	run_until(100000);
	assert_true(a->ended_at < b->ended_at);
	assert_true(b->ended_at < c->ended_at);
	assert_in_range(b->ended_at - a->ended_at, 3000, 3100);
	assert_int_equal(a->killed + b->killed + c->killed, 0);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
}

/* Levels are given time, and then everybody is asked at once. */
static void a_chain_of_the_deaf_does_not_hold_up_the_end(void **state)
{
	struct fake_ctr *c[5];
	static const char *const names[] = {"a", "b", "c", "d", "e"};

	(void)state;
	for (uint16_t i = 0; i < 5; i++) {
		c[i] = fake_add(CTR_SERVICE, names[i]);
		c[i]->term_ms = FAKE_FOREVER;
		c[i]->stop_ms = 4000;
		if (i)
			wait_for(c[i], (uint16_t)(i - 1), STAGE_READY);
	}
	fake_signal(20000, SIGTERM);
	begin();
	run_until(200000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_in_range(world.rebooted_at, 40000, 20000 + 5 * 4000 + 30000 + 1000);
}

static void no_sign_of_readiness_is_a_failure(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	ask(a, "ready", "file /run/x");
	ask(a, "ready-timeout", "5s");
	a->well_from = 12000;
	begin();
	run_until(11000);
	assert_int_equal(a->termed, 1);
	assert_non_null(strstr(world.log, "a: not ready in 5 s; restarts in 100 ms"));
	run_until(20000);
	assert_int_equal(state_of("a"), CTR_UP);
	assert_int_equal(a->started, 3);
	/* The helpers of the first tries are gone; one container and nobody else lives. */
	assert_int_equal(fake_live_children(), 1);
}

static void a_line_of_output_is_a_sign(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");

	(void)state;
	ask(a, "ready", "log listening on");
	a->prints = "starting\nnow listening on 80\n";
	ask(b, "ready", "log listening on");
	b->prints = "listening in\n";
	begin();
	run_until(5000);
	assert_int_equal(state_of("a"), CTR_UP);
	assert_int_equal(state_of("b"), CTR_UNREADY);
	assert_non_null(strstr(answer_to("why b\n"), "listening on"));
}

static void sick_ones_are_restarted(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	struct fake_ctr *c = fake_add(CTR_SERVICE, "c");

	(void)state;
	ask(a, "health", "http 80/");
	ask(a, "health-tries", "2");
	a->well_until = 55000;
	ask(b, "health", "tcp 80");
	b->probe_hangs = true;
	ask(c, "health", "tcp 80");
	ask(c, "health-action", "none");
	c->well_until = 0;
	begin();
	run_until(75000);
	assert_int_equal(a->started, 2);
	assert_in_range(a->started_at[1], 70000, 73000);
	assert_non_null(strstr(world.log, "a: its health probes failed; restarts"));
	/* 10 s to each probe, 5 s until it is given up, three of them */
	assert_in_range(b->started_at[1], 45000, 50000);
	assert_int_equal(c->started, 1);
	assert_non_null(strstr(world.log, "c: not well: 3 of its last 3 probes failed"));
}

static void a_probe_costs_one_process_at_a_time(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	ask(a, "health", "tcp 80");
	ask(a, "health-interval", "1s");
	begin();
	run_until(100000);
	assert_in_range(a->probed, 80, 100);
	assert_int_equal(fake_live_children(), 1);
	assert_int_equal(state_of("a"), CTR_UP);
}

static void restart_follows_the_policy(void **state)
{
	static const struct {
		const char *restart, *oneshot;
		int status;
		enum ctr_state end;
		bool again;
	} cases[] = {
		{"always", "false", 0, CTR_UP, true},
		{"on-failure", "false", 0, CTR_DONE, false},
		{"on-failure", "false", 1 << 8, CTR_UP, true},
		{"never", "false", 0, CTR_DONE, false},
		{"never", "false", SIGSEGV, CTR_FAILED, false},
		{"always", "true", 0, CTR_DONE, false},
		{"always", "true", 1 << 8, CTR_UP, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

		ask(a, "restart", cases[i].restart);
		ask(a, "oneshot", cases[i].oneshot);
		fake_crash(a, 5000, cases[i].status);
		begin();
		run_until(20000);
		assert_int_equal(a->started, cases[i].again ? 2 : 1);
		assert_int_equal(state_of("a"), cases[i].end);
		assert_int_equal(machine_degraded(&m), cases[i].end == CTR_FAILED);
		/* Asked for, it starts again whatever the policy. */
		if (!cases[i].again) {
			(void)answer_to("start a\n");
			assert_int_equal(a->started, 2);
		}
		end();
	}
}

static void a_start_asked_for_while_it_still_ends_is_not_lost(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	int stop, start;

	(void)state;
	ask(a, "restart", "never");
	a->term_ms = 700;
	begin();
	run_until(5000);
	stop = fake_client("stop a\n", 0);
	run_until(5200);
	start = fake_client("start a\n", 0);
	run_until(5300);
	assert_non_null(strstr(fake_answer(stop), "refused"));
	assert_non_null(strstr(fake_answer(stop), "asked to start meanwhile"));
	run_until(9000);
	assert_non_null(strstr(fake_answer(start), "{\"ok\":true}"));
	assert_int_equal(a->started, 2);
	assert_int_equal(state_of("a"), CTR_UP);
}

static void a_start_that_a_stop_overtakes_is_told(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	int start;

	(void)state;
	ask(a, "ready", "tcp 80");
	a->well_from = 100000;
	begin();
	run_until(5000);
	start = fake_client("start a\n", 0);
	run_until(5200);
	(void)fake_client("stop a\n", 0);
	run_until(9000);
	assert_non_null(strstr(fake_answer(start), "refused"));
	assert_non_null(strstr(fake_answer(start), "asked to stop meanwhile"));
	assert_int_equal(state_of("a"), CTR_DOWN);
}

/* There is nothing to stop, and what it waits for has not changed. */
static void a_restart_of_one_that_waits_leaves_it_waiting(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a->after[0].kind = AFTER_NET;
	a->after_n = 1;
	begin();
	run_until(5000);
	(void)fake_client("restart a\n", 0);
	run_until(9000);
	assert_int_equal(state_of("a"), CTR_WAIT);
	m.facts.net.routes = 1;
	(void)answer_to("status\n");
	run_until(12000);
	assert_int_equal(state_of("a"), CTR_UP);
	assert_int_equal(a->started, 1);
}

/* The checker refuses it, but not every image came from there. */
static void a_circle_is_named_once(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	const char *why;

	(void)state;
	wait_for(a, 1, STAGE_STARTED);
	wait_for(b, 0, STAGE_STARTED);
	begin();
	run_until(5000);
	why = answer_to("why a\n");
	assert_non_null(strstr(why, "a waits for itself in this way"));
	why = strstr(why, "a waits for b");
	assert_non_null(why);
	assert_null(strstr(why + 1, "a waits for b"));
}

static void one_that_was_stopped_before_its_first_start_was_asked_to(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	wait_for(a, 0, STAGE_STARTED);
	begin();
	run_until(5000);
	assert_string_equal(answer_to("stop a\n"), "{\"ok\":true}\n");
	assert_non_null(strstr(answer_to("why a\n"), "it was asked to stop"));
}

static void the_backoff_is_adjustable(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	ask(a, "backoff", "1s,4s,1s");
	a->run_ms = 10;
	a->status = 1 << 8;
	begin();
	run_until(60000);
	for (int i = 1; i < a->started && i < 10; i++) {
		int64_t want = i == 1 ? 1000 : i == 2 ? 2000 : 4000;

		assert_in_range(a->started_at[i] - a->started_at[i - 1], want, want + 50);
	}
}

static void a_step_is_retried_as_often_as_asked(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	ask(a, "onfail", "retry 3");
	a->status = 1 << 8;
	begin();
	run_until(60000);
	assert_int_equal(a->started, 4);
	assert_int_equal(state_of("a"), CTR_FAILED);
	assert_int_equal(s->started, 1);
	assert_true(machine_degraded(&m));
}

static void onfail_says_what_a_failed_step_leads_to(void **state)
{
	static const struct {
		const char *onfail;
		uint32_t bad_boots;
		int rebooted;
		bool maintenance, degraded, service;
	} cases[] = {
		{"continue", 0, 0, false, true, true},
		{"ignore", 0, 0, false, false, true},
		{"reboot", 0, (int)RB_AUTOBOOT, false, true, false},
		{"reboot", 2, 0, true, true, false},
		{"rollback", 0, (int)RB_AUTOBOOT, false, true, false},
		{"maintenance", 0, 0, true, true, false},
		{"retry 2 maintenance", 0, 0, true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
		struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
		struct fake_ctr *t = fake_add(CTR_SERVICE, "t");

		ask(a, "onfail", cases[i].onfail);
		ask(t, "maintenance", "true");
		a->status = 1 << 8;
		world.ledger.bad_boots = cases[i].bad_boots;
		begin();
		run_until(60000);
		assert_int_equal(world.rebooted, cases[i].rebooted);
		assert_int_equal(m.maintenance, cases[i].maintenance);
		assert_int_equal(s->started, cases[i].service);
		assert_int_equal(t->started, cases[i].service || cases[i].maintenance);
		if (!world.rebooted)
			assert_int_equal(machine_degraded(&m), cases[i].degraded);
		end();
	}
}

/* Waiting counts as a part of a step's time, so that it cannot hang the boot. */
static void a_step_that_waits_in_vain_fails_in_its_time(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	a->after[0].kind = AFTER_NET;
	a->after_n = 1;
	a->timeout_ms = 7000;
	begin();
	run_until(20000);
	assert_int_equal(a->started, 0);
	assert_int_equal(state_of("a"), CTR_FAILED);
	assert_in_range(s->started_at[0], 8000, 8200);
	assert_non_null(strstr(ctr_find(&m.pool, "a")->reason, "did not come in 7 s"));
}

static void the_ladder_ends_with_the_machine(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	struct fake_ctr *c = fake_add(CTR_SERVICE, "c");

	(void)state;
	ask(a, "escalate", "2");
	ask(a, "critical", "true");
	a->run_ms = 1;
	a->status = 1 << 8;
	ask(c, "escalate", "2");
	c->run_ms = 1;
	wait_for(b, 0, STAGE_STARTED);
	begin();
	run_until(200000);
	/* 2: clean layer, 4: and the dependants, 6: the machine */
	assert_int_equal(a->started, 6);
	assert_int_equal(a->cleaned, 3);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_non_null(
		strstr(world.log, "a: 2 failures in a row: it restarts with a clean layer"));
	assert_null(strstr(world.log, " 1 failures"));
	assert_non_null(strstr(world.log, "a: 6 failures in a row: the machine reboots"));
	assert_true(m.by_ladder);
	assert_string_equal(m.why, "a does not get better: exit status 1");
}

static void one_that_is_not_critical_stays_below_the_machine(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");

	(void)state;
	a->run_ms = 1;
	a->status = 1 << 8;
	ask(a, "backoff", "10ms,50ms");
	wait_for(b, 0, STAGE_STARTED);
	begin();
	run_until(200000);
	assert_int_equal(world.rebooted, 0);
	assert_true(a->started > 1000);
	/* At 5, 10 and 15 failures. */
	assert_int_equal(a->cleaned, 3);
}

static void what_depends_on_it_restarts_too(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");

	(void)state;
	ask(a, "escalate", "1");
	wait_for(b, 0, STAGE_STARTED);
	fake_crash(a, 12000, SIGKILL);
	fake_crash(a, 13000, SIGKILL);
	begin();
	run_until(30000);
	assert_int_equal(a->started, 3);
	assert_int_equal(b->started, 2);
	assert_non_null(strstr(world.log, "b: restarts, since a does not get better"));
}

static void too_many_bad_boots_end_in_maintenance(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *t = fake_add(CTR_SERVICE, "t");

	(void)state;
	ask(t, "maintenance", "true");
	world.ledger.bad_boots = 3;
	begin();
	run_until(100000);
	assert_true(m.maintenance);
	assert_int_equal(a->created + s->created, 0);
	assert_int_equal(t->started, 1);
	assert_non_null(strstr(answer_to("status\n"), "\"maintenance\":true"));
	assert_non_null(
		strstr(answer_to("why s\n"), "maintenance mode: too many bad boots in a row"));
	assert_non_null(strstr(answer_to("why\n"),
		"in MAINTENANCE mode: too many bad boots in a row; another boot is tried in 5"));
	/* By hand everything may be started; after an hour another boot is tried. */
	assert_string_equal(answer_to("start s\n"), "{\"ok\":true}\n");
	run_until(3800000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_in_range(world.rebooted_at, 3600000, 3610000);
}

/* What the next boot's helper would find in the RAM. */
static struct ledger found(const char *panic, bool watchdog)
{
	struct ledger_facts f = {.memory = true, .panic = panic, .watchdog = watchdog};
	uint32_t seq = 0;
	size_t len = 0;
	const char *line = kept_text(world.ram, &seq, &len);
	struct ledger l;

	f.found = line && ledger_read(line, len, &f.line);
	l = ledger_judge(&f);
	l.seq = seq;
	l.store = LEDGER_RAM;
	world.board = "reset-ram 4096\n";
	return l;
}

/* Four boots with the memory that each leaves to the next. */
static void a_boot_loop_ends_in_maintenance(void **state)
{
	static char left[sizeof(world.ram)];

	(void)state;
	memset(left, 0, sizeof(left));
	for (uint32_t boot = 0; boot < 4; boot++) {
		struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

		ask(a, "critical", "true");
		ask(a, "escalate", "1");
		ask(a, "backoff", "1ms");
		a->run_ms = 1;
		a->status = 1 << 8;
		memcpy(world.ram, left, sizeof(left));
		world.ledger = found(NULL, false);
		assert_int_equal(world.ledger.bad_boots, boot < 3 ? boot : 2);
		assert_int_equal(world.ledger.boots, boot);
		assert_int_equal(world.ledger.end, boot ? LEDGER_LADDER : LEDGER_POWER);
		begin();
		run_until(60000);
		assert_int_equal(m.maintenance, boot >= 2);
		assert_int_equal(world.rebooted, boot < 2 ? (int)RB_AUTOBOOT : 0);
		memcpy(left, world.ram, sizeof(left));
		if (boot < 2)
			end();
		else
			break;
	}
}

static void a_good_boot_makes_up_for_bad_ones(void **state)
{
	struct ledger l;

	(void)state;
	fake_add(CTR_SERVICE, "a");
	world.ledger = found(NULL, false);
	world.ledger.bad_boots = 2;
	fake_signal(80000, SIGTERM);
	begin();
	run_until(30000);
	assert_int_equal(m.bad_boots, 2);
	assert_int_equal(found(NULL, false).bad_boots, 2);
	assert_int_equal(found(NULL, false).end, LEDGER_RESET);
	run_until(70000);
	assert_int_equal(m.bad_boots, 0);
	assert_true(m.good_at == CTR_NEVER);
	run_until(100000);
	l = found(NULL, false);
	assert_int_equal(l.end, LEDGER_PLANNED);
	assert_int_equal(l.bad_boots, 0);
	assert_string_equal(l.why, "reboot: asked for by signal TERM");
}

/* Where there is only the kernel's log of messages, the same lines, one after another. */
static void a_log_remembers_as_well(void **state)
{
	struct ledger_line l;

	(void)state;
	fake_add(CTR_SERVICE, "a");
	world.ledger.store = LEDGER_LOG;
	fake_signal(5000, SIGTERM);
	begin();
	run_until(100000);
	assert_true(ledger_read(world.pmsg, strlen(world.pmsg), &l));
	assert_int_equal(l.now, LEDGER_OFF);
	assert_string_equal(l.why, "reboot: asked for by signal TERM");
	assert_int_equal(
		strncmp(world.pmsg, "nanny-ledger boots=1 bad=0 watchdog=0 now=runs ", 47), 0);
}

/* Kernels that panic again and again: maintenance, and from there one try an hour. */
static void maintenance_lets_another_boot_try(void **state)
{
	(void)state;
	fake_add(CTR_SERVICE, "a");
	world.ledger = found(NULL, false);
	world.ledger.bad_boots = 5;
	begin();
	run_until(4000000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_int_equal(found(NULL, false).end, LEDGER_PLANNED);
	assert_int_equal(found(NULL, false).bad_boots, LADDER_REBOOTS);
	assert_int_equal(ladder_machine(LADDER_REBOOTS, false), REMEDY_REBOOT);
}

static void the_last_words_are_kept(void **state)
{
	static struct kept_piece piece[64];
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	char all[8192] = "";
	size_t n;

	(void)state;
	a->prints = "hello\nworld\n";
	world.ledger = found(NULL, false);
	begin();
	run_until(20000);
	n = kept_pieces(world.ram, 1, piece, 64);
	assert_true(n > 1);
	for (size_t i = 0; i < n; i++)
		strncat(all, piece[i].text, piece[i].len);
	assert_non_null(strstr(all, "[nanny] last reset: power; 0 bad boots in a row\n"));
	assert_non_null(strstr(all, "[a] hello\n[a] world\n"));
	assert_int_equal(all[0], '[');
}

/* What comes in one turn and does not fit: the end of it, in whole lines. */
static void of_much_the_end_is_kept(void **state)
{
	static struct kept_piece piece[64];
	char line[64];
	size_t n;

	(void)state;
	fake_add(CTR_SERVICE, "a");
	world.ledger = found(NULL, false);
	begin();
	run_until(10000);
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "this is line %d", i);
		words_line(&m.remember.words, "a", line, strlen(line));
	}
	remember_settle(&m.remember, 12345);
	n = kept_pieces(world.ram, 1, piece, 64);
	assert_int_equal(piece[n - 1].time_ms, 12345);
	assert_memory_equal(piece[n - 1].text, "[a] this is line ", 17);
	assert_in_range(piece[n - 1].len, KEPT_PIECE_MAX - 64, KEPT_PIECE_MAX);
	assert_memory_equal(piece[n - 1].text + piece[n - 1].len - 5, " 999\n", 5);
}

static void what_happens_can_be_followed(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	int follower;
	const char *told;

	(void)state;
	fake_crash(s, 8000, SIGSEGV);
	begin();
	run_until(5000);
	follower = fake_client("events 1000 follow\n", 0);
	run_until(20000);
	told = fake_answer(follower);
	assert_non_null(strstr(told, "\"machine\":\"onboot\""));
	assert_non_null(strstr(told, "\"name\":\"s\",\"from\":\"starting\",\"to\":\"unready\""));
	assert_non_null(strstr(told, "\"name\":\"s\",\"from\":\"up\",\"to\":\"sweeping\""));
	assert_null(strstr(told, "\"ok\""));
	assert_non_null(strstr(answer_to("boot\n"), "\"ready_ms\":"));
	assert_non_null(strstr(answer_to("why\n"), "every container is where it should be"));
	assert_non_null(strstr(answer_to("why s\n"), "it has been started 2 times"));
	assert_non_null(strstr(answer_to("why s t\n"), "\"code\":\"usage\""));
	assert_non_null(strstr(answer_to("events\n"), "\"code\":\"usage\""));
	assert_non_null(strstr(answer_to("events 5 crashed\n"), "\"code\":\"usage\""));
}

static void a_step_that_hangs_is_named(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *b = fake_add(CTR_ONBOOT, "001-b");
	const char *told;

	(void)state;
	a->run_ms = b->run_ms = FAKE_FOREVER;
	a->timeout_ms = 60000;
	b->timeout_ms = 0;
	(void)fake_add(CTR_SERVICE, "s");
	begin();
	run_until(30000);
	told = answer_to("why\n");
	assert_non_null(strstr(told, "\"depth\":1,\"text\":\"a runs (for "));
	assert_non_null(strstr(told, "and is not done"));
	assert_non_null(strstr(told, "it is ended if it is not done in "));
	assert_null(strstr(told, "where it should be"));
	assert_null(strstr(told, "\"text\":\"b "));
	run_until(90000);
	told = answer_to("why\n");
	assert_non_null(strstr(told, "\"text\":\"b runs (for "));
	assert_non_null(strstr(told, "it may take as long as it likes"));
}

/* The exit status of nannyctl is that of the work. */
static void a_start_of_what_ends_by_itself_tells_how_it_ended(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	int client;

	(void)state;
	a->run_ms = s->run_ms = 3000;
	a->status = s->status = 7 << 8;
	ask(s, "oneshot", "true");
	ask(s, "restart", "never");
	begin();
	run_until(10000);
	assert_int_equal(state_of("s"), CTR_FAILED);
	client = fake_client("start s\n", 0);
	run_until(12000);
	assert_int_equal(state_of("s"), CTR_UP);
	assert_string_equal(fake_answer(client), "");
	run_until(14000);
	assert_non_null(strstr(fake_answer(client), "exit status 7"));
	client = fake_client("start a\n", 0);
	run_until(18000);
	assert_non_null(strstr(fake_answer(client), "exit status 7"));
	assert_non_null(strstr(answer_to("why a\n"), "it was tried 2 times"));
}

static void a_step_that_fails_while_it_waits_answers_its_start(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	int client;

	(void)state;
	a->after[0].kind = AFTER_NET;
	a->after_n = 1;
	a->timeout_ms = 5000;
	begin();
	run_until(20000);
	assert_int_equal(state_of("a"), CTR_FAILED);
	assert_non_null(strstr(answer_to("why a\n"), "it waited for net"));
	client = fake_client("start a\n", 0);
	run_until(26000);
	assert_non_null(strstr(fake_answer(client), "what it waits for did not come in 5 s"));
}

static void one_that_is_not_well_is_told_as_long_as_it_lasts(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	ask(a, "health", "tcp 80");
	ask(a, "health-action", "none");
	a->well_from = 0;
	a->well_until = 20000;
	begin();
	run_until(200000);
	assert_int_equal(state_of("a"), CTR_UP);
	assert_non_null(strstr(answer_to("why a\n"), "it has not been well for 2 min"));
	assert_non_null(strstr(answer_to("why\n"), "\"depth\":1,\"text\":\"a is up"));
	a->well_until = INT64_MAX;
	run_until(240000);
	assert_null(strstr(answer_to("why a\n"), "not been well"));
}

static void last_words_of_each_crash_are_kept(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	const char *told;

	(void)state;
	s->prints = "my last words\n";
	fake_crash(s, 3000, SIGSEGV);
	fake_crash(s, 5000, 7 << 8);
	begin();
	run_until(9000);
	told = answer_to("logs s 100 crashed\n");
	assert_non_null(strstr(told, "start 1: killed by signal 11"));
	assert_non_null(strstr(told, "start 2: exit status 7"));
	assert_non_null(strstr(strstr(told, "start 2"), "my last words"));
	assert_null(strstr(told, "start 3"));
}

/* Crash loops, a slow start, health, a deadline: everything that waits for a time. */
static void an_hour_of_waiting(char *order, size_t size, int64_t *times)
{
	struct fake_ctr *loops = fake_add(CTR_SERVICE, "loops");
	struct fake_ctr *sick = fake_add(CTR_SERVICE, "sick");
	struct fake_ctr *hangs = fake_add(CTR_ONBOOT, "001-hangs");
	struct fake_ctr *deaf = fake_add(CTR_SERVICE, "deaf");

	loops->run_ms = 1000;
	sick->policy.health = PROBE_TCP;
	sick->policy.health_every_ms = 7000;
	sick->well_until = 100000;
	hangs->run_ms = FAKE_FOREVER;
	deaf->term_ms = FAKE_FOREVER;
	deaf->policy.ready = PROBE_TCP;
	deaf->policy.ready_ms = 20000;
	begin();
	run_until(3600000);
	snprintf(order, size, "%s", world.order);
	memcpy(times, loops->started_at, sizeof(loops->started_at));
	memcpy(times + 64, sick->started_at, sizeof(sick->started_at));
	times[128] = deaf->ended_at;
	times[129] = hangs->ended_at;
}

static void jumps_of_the_wall_clock_change_no_delay(void **state)
{
	static char calm[sizeof(world.order)], wild[sizeof(world.order)];
	static int64_t calm_at[130], wild_at[130];

	an_hour_of_waiting(calm, sizeof(calm), calm_at);
	(void)teardown(state);
	(void)setup(state);
	world.wall_wild = true;
	an_hour_of_waiting(wild, sizeof(wild), wild_at);
	assert_string_equal(calm, wild);
	assert_memory_equal(calm_at, wild_at, sizeof(calm_at));
	assert_true(calm_at[10] > 0 && calm_at[64 + 2] > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* With the defaults: a run that is found out late is no stable one. */
static void one_that_never_does_its_work_climbs_the_ladder(void **state)
{
	struct fake_ctr *sick = fake_add(CTR_SERVICE, "sick");
	struct fake_ctr *mute = fake_add(CTR_SERVICE, "mute");
	struct fake_ctr *late = fake_add(CTR_SERVICE, "late");

	(void)state;
	ask(sick, "health", "tcp 1");
	sick->well_until = 1; /* from its start on no probe is good */
	ask(mute, "ready", "log never said");
	ask(late, "health", "tcp 1");
	late->well_until = 200000; /* long enough to be stable, then never again */
	begin();
	run_until(190000);
	assert_int_equal(ctr_find(&m.pool, "late")->backoff.in_a_row, 0);
	run_until(3600000);
	assert_true(ctr_find(&m.pool, "sick")->rung >= RUNG_DEPENDANTS);
	assert_true(ctr_find(&m.pool, "mute")->rung >= RUNG_DEPENDANTS);
	assert_true(ctr_find(&m.pool, "late")->rung >= RUNG_DEPENDANTS);
	assert_in_range(sick->started, 15, 60); /* every 30 s and a growing delay, not every 30 s */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(services_start_when_what_they_come_after_is_so),
		T(net_and_clock_are_waited_for),
		T(a_start_that_waits_says_so_at_once),
		T(the_end_is_in_the_opposite_order),
		T(a_chain_of_the_deaf_does_not_hold_up_the_end),
		T(no_sign_of_readiness_is_a_failure),
		T(one_that_never_does_its_work_climbs_the_ladder),
		T(a_line_of_output_is_a_sign),
		T(sick_ones_are_restarted),
		T(a_probe_costs_one_process_at_a_time),
		T(restart_follows_the_policy),
		T(a_start_asked_for_while_it_still_ends_is_not_lost),
		T(a_start_that_a_stop_overtakes_is_told),
		T(a_restart_of_one_that_waits_leaves_it_waiting),
		T(a_circle_is_named_once),
		T(one_that_was_stopped_before_its_first_start_was_asked_to),
		T(the_backoff_is_adjustable),
		T(a_step_is_retried_as_often_as_asked),
		T(onfail_says_what_a_failed_step_leads_to),
		T(a_step_that_waits_in_vain_fails_in_its_time),
		T(the_ladder_ends_with_the_machine),
		T(one_that_is_not_critical_stays_below_the_machine),
		T(what_depends_on_it_restarts_too),
		T(too_many_bad_boots_end_in_maintenance),
		T(a_boot_loop_ends_in_maintenance),
		T(a_good_boot_makes_up_for_bad_ones),
		T(a_log_remembers_as_well),
		T(maintenance_lets_another_boot_try),
		T(the_last_words_are_kept),
		T(of_much_the_end_is_kept),
		T(what_happens_can_be_followed),
		T(a_step_that_hangs_is_named),
		T(a_start_of_what_ends_by_itself_tells_how_it_ended),
		T(a_step_that_fails_while_it_waits_answers_its_start),
		T(one_that_is_not_well_is_told_as_long_as_it_lasts),
		T(last_words_of_each_crash_are_kept),
		T(jumps_of_the_wall_clock_change_no_delay),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
