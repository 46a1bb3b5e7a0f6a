/*
 * Every call that PID 1 makes of the world fails once, one after the other, in each of these lives.
 * Whatever fails, the services are up later, nothing is held that is not held without the failure,
 * and the machine reboots when asked.
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

enum {
	LOOKED_AT = 300000, /* ms: by then all is well again */
};

static void a_crash(void)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	a->run_ms = 5;
	fake_crash(s, 100000, SIGKILL);
}

static void an_order(void)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	a->after[0].kind = AFTER_CLOCK;
	a->after_n = 1;
	wait_for(b, 0, STAGE_READY);
	ask(b, "ready", "log here I am");
	b->prints = "here I am\n";
	wait_for(s, 1, STAGE_READY);
	world.clock_at = 20000;
}

static void probes(void)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *t = fake_add(CTR_SERVICE, "t");
	struct fake_ctr *n = fake_add(CTR_SERVICE, "n");

	ask(s, "ready", "tcp 80");
	ask(s, "health", "http 80/");
	s->well_from = 15000;
	ask(t, "health", "exec /bin/ok");
	ask(t, "health-tries", "2");
	ask(t, "backoff", "100ms,100ms,10s");
	t->probe_hangs = true;
	fake_crash(t, 30000, SIGSEGV);
	ask(n, "ready", "notify");
	ask(n, "ready-timeout", "10s");
	ask(n, "backoff", "100ms,100ms,10s");
}

static void steps(void)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *b = fake_add(CTR_ONBOOT, "001-b");
	struct fake_ctr *o = fake_add(CTR_ONSHUTDOWN, "000-o");

	(void)fake_add(CTR_SERVICE, "s");
	ask(a, "onfail", "retry 2");
	a->status = 1 << 8;
	b->run_ms = FAKE_FOREVER;
	b->timeout_ms = 5000;
	o->term_ms = FAKE_FOREVER;
	o->timeout_ms = 20000;
}

static void a_ladder(void)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *d = fake_add(CTR_SERVICE, "d");

	ask(s, "escalate", "2");
	ask(s, "backoff", "100ms,1s,5s");
	s->fail_start = 5;
	wait_for(d, 0, STAGE_READY);
}

static void a_bad_runtime(void)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *t = fake_add(CTR_SERVICE, "t");

	s->hang_create = 1;
	s->complains = "level=error msg=\"no\"\n";
	s->complains_len = strlen(s->complains);
	t->bad_pid = "nonsense";
}

static void a_watchdog(void)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	world.board = "watchdog /dev/watchdog0\nwatchdog-ms 20000\nled a\n"
		      "reset-ram 4096\n";
	world.watchdog_max = 60;
	world.ledger.store = LEDGER_RAM;
	ask(s, "critical", "true");
	s->prints = "one\ntwo\n";
	fake_crash(s, 100000, SIGKILL);
}

static void requests(void)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	s->prints = "one\ntwo\n";
	s->term_ms = 700;
}

/* A life's own doings, while it goes on; the clients' answers may be what fails. */
static void ask_for_all(void)
{
	static const char *const lines[] = {"status\n", "stop s\n", "start s\n", "restart s\n",
		"logs s 10 follow\n", "logs s 10 crashed\n", "events 10\n", "why s\n", "boot\n",
		"nonsense\n", "start s\n"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int client = fake_client(lines[i], i == 1 ? 7 : 0);

		run_until(world.now + 2000);
		fake_hangup(client);
		run_until(world.now + 100);
	}
}

static const struct life {
	const char *name;
	void (*make)(void);
	void (*meanwhile)(void);
	const char *up; /* who is up at the end */
} lives[] = {
	{"a crash", a_crash, NULL, "s"},
	{"an order", an_order, NULL, "a b s"},
	{"probes", probes, NULL, "s"},
	{"steps", steps, NULL, "s"},
	{"a ladder", a_ladder, NULL, "s d"},
	{"a bad runtime", a_bad_runtime, NULL, "s t"},
	{"a watchdog", a_watchdog, NULL, "s"},
	{"requests", requests, ask_for_all, "s"},
};

/* Without the memory or pipe for the scan there are no containers, but a machine. */
static void are_up(const char *names, const char *life, uint64_t nth)
{
	char name[16];
	int n;

	for (; m.pool.n && sscanf(names, " %15s%n", name, &n) == 1; names += n) {
		const struct ctr *c = ctr_find(&m.pool, name);

		if (c->state != CTR_UP)
			fail_msg("%s, call %llu (%s): %s is %s", life, (unsigned long long)nth,
				world.failed, name, ctr_state_name(c->state));
	}
}

struct held {
	int fds, children;
};

/* Returns the number of calls. */
static uint64_t live(const struct life *l, uint64_t nth, struct held *held)
{
	uint64_t calls;

	l->make();
	world.fail_at = nth;
	begin();
	run_until(10000);
	if (l->meanwhile)
		l->meanwhile();
	run_until(LOOKED_AT);
	are_up(l->up, l->name, nth);
	if (!nth)
		*held = (struct held){fake_open_fds(), fake_live_children()};
	if (fake_open_fds() > held->fds || fake_live_children() > held->children)
		fail_msg("%s, call %llu (%s): %d fds instead of %d, %d children instead of %d",
			l->name, (unsigned long long)nth, world.failed, fake_open_fds(), held->fds,
			fake_live_children(), held->children);
	fake_signal(world.now + 10, SIGTERM);
	run_until(world.now + 300000);
	if (world.rebooted != (int)RB_AUTOBOOT)
		fail_msg("%s, call %llu (%s): no reboot", l->name, (unsigned long long)nth,
			world.failed);
	assert_int_equal(m.pool.impossible, 0);
	calls = world.calls;
	end();
	return calls;
}

static void any_single_failure_is_survived(void **state)
{
	uint64_t all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct held held;
		uint64_t calls = live(&lives[i], 0, &held);

		/* A failure makes more calls; those can fail, too. */
		for (uint64_t nth = 1; nth <= calls; nth++) {
			uint64_t n = live(&lives[i], nth, &held);

			calls = n > calls && n < 4 * calls ? n : calls;
		}
		print_message("%s: %llu calls made to fail, one by one\n", lives[i].name,
			(unsigned long long)calls);
		all += calls;
	}
	print_message("%llu calls in all\n", (unsigned long long)all);
	assert_true(all > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_single_failure_is_survived, setup, teardown),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
