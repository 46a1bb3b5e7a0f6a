/* Who is fed, who starves, and what the next boot learns of it: the supervisor in virtual time. */
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

#define LIMIT 20000

static void a_board(void)
{
	world.board = "name it\nwatchdog /dev/watchdog0\nwatchdog-ms 20000\nled a:b\n"
		      "reset-ram 4096\n";
	world.watchdog_max = 60;
	world.ledger.store = LEDGER_RAM;
}

static struct ledger next_boot(bool watchdog)
{
	struct ledger_facts f = {.memory = true, .watchdog = watchdog};
	uint32_t seq = 0;
	size_t len = 0;
	const char *line = kept_text(world.ram, &seq, &len);

	f.found = line && ledger_read(line, len, &f.line);
	return ledger_judge(&f);
}

static void one_that_is_well_is_fed(void **state)
{
	(void)state;
	a_board();
	ask(fake_add(CTR_SERVICE, "a"), "critical", "true");
	begin();
	assert_int_equal(world.armed_ms, LIMIT);
	run_until(3600000);
	assert_int_equal(world.rebooted, 0);
	/* Four times in the limit, and the alarm never gets through. */
	assert_in_range(world.fed, 3600 / 5 - 5, 3600 / 5 + 5);
	assert_true(world.alarm_at > world.now);
	assert_int_equal(next_boot(false).end, LEDGER_RESET);
	assert_int_equal(next_boot(true).end, LEDGER_WATCHDOG);
}

static void hardware_that_can_less_is_fed_more_often(void **state)
{
	(void)state;
	a_board();
	world.watchdog_max = 4;
	fake_add(CTR_SERVICE, "a");
	begin();
	run_until(100000);
	assert_non_null(strstr(world.log, "watchdog /dev/watchdog0: can do only 4 s"));
	assert_int_equal(world.rebooted, 0);
	assert_in_range(world.fed, 95, 105);
}

static void without_one_nothing_is_armed(void **state)
{
	(void)state;
	a_board();
	world.watchdog_max = 0;
	fake_add(CTR_SERVICE, "a");
	begin();
	run_until(100000);
	assert_int_equal(m.watchdog.fd, -1);
	assert_int_equal(world.fed, 0);
	assert_true(m.watchdog.look_at == CTR_NEVER);
	assert_non_null(strstr(world.log, "watchdog /dev/watchdog0: there is none"));
}

/* Not to be restarted, and so dead for good. */
static void a_dead_critical_service_starves_it(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct ledger l;

	(void)state;
	a_board();
	ask(a, "critical", "true");
	ask(a, "restart", "never");
	ask(a, "unwell-timeout", "60s");
	fake_crash(a, 100000, SIGKILL);
	begin();
	run_until(155000);
	assert_null(strstr(world.log, "not fed any more"));
	run_until(400000);
	assert_int_equal(world.rebooted, FAKE_BITTEN);
	assert_in_range(world.rebooted_at, 155000, 185000);
	assert_non_null(strstr(world.log, "watchdog: not fed any more: a is not well: killed by "
					  "signal 9 (Killed); the machine is reset in 15 s"));
	l = next_boot(false);
	assert_int_equal(l.end, LEDGER_WATCHDOG);
	assert_int_equal(l.bad_boots, 1);
	assert_string_equal(l.why, "a is not well: killed by signal 9 (Killed); 3 probes missed");
}

static void one_that_is_not_critical_does_not(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");
	struct fake_ctr *b = fake_add(CTR_SERVICE, "b");

	(void)state;
	a_board();
	ask(a, "restart", "never");
	ask(a, "unwell-timeout", "1s");
	ask(b, "critical", "true");
	ask(b, "restart", "never");
	ask(b, "unwell-timeout", "0");
	fake_crash(a, 10000, SIGKILL);
	fake_crash(b, 10000, SIGKILL);
	begin();
	run_until(4000000);
	assert_int_equal(world.rebooted, 0);
}

/* Up for a moment, again and again, is not well; and to be well in time ends it. */
static void a_crash_loop_starves_it_until_it_ends(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	ask(a, "critical", "true");
	ask(a, "escalate", "0");
	ask(a, "backoff", "100ms,1s,5s");
	ask(a, "unwell-timeout", "30s");
	a->run_ms = 900;
	a->status = 1 << 8;
	begin();
	for (int64_t at = 1000; at < 200000 && !m.watchdog.missed; at += 1000)
		run_until(at);
	assert_int_equal(m.watchdog.missed, 1);
	assert_int_equal(next_boot(false).end, LEDGER_WATCHDOG);
	assert_int_equal(world.alarm_at, 0);
	/* It comes to itself just in time. */
	a->run_ms = FAKE_FOREVER;
	run_until(world.now + 14000);
	assert_int_equal(world.rebooted, 0);
	assert_int_equal(m.watchdog.missed, 0);
	assert_non_null(strstr(world.log, "watchdog: fed again"));
	assert_int_equal(next_boot(false).end, LEDGER_RESET);
	run_until(1000000);
	assert_int_equal(world.rebooted, 0);
}

/* A cable that is pulled is not mended by a reset; a broken service before it may be. */
static void who_waits_for_the_world_is_not_unwell(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	a->after[0].kind = AFTER_NET;
	a->after_n = 1;
	ask(a, "critical", "true");
	ask(a, "unwell-timeout", "10s");
	begin();
	run_until(1000000);
	assert_int_equal(state_of("a"), CTR_WAIT);
	assert_int_equal(world.rebooted, 0);
	end();

	a_board();
	a = fake_add(CTR_SERVICE, "a");
	ask(fake_add(CTR_SERVICE, "b"), "critical", "true");
	ask(&world.ctr[1], "unwell-timeout", "10s");
	a->run_ms = 1;
	a->status = 1 << 8;
	ask(a, "restart", "never");
	ask(a, "ready", "log never");
	wait_for(&world.ctr[1], 0, STAGE_READY);
	begin();
	run_until(1000000);
	assert_int_equal(world.rebooted, FAKE_BITTEN);
	assert_string_equal(next_boot(false).why, "b is not well: waiting; 3 probes missed");
}

static void what_was_stopped_by_hand_is_not_unwell(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	ask(a, "critical", "true");
	ask(a, "unwell-timeout", "10s");
	begin();
	run_until(50000);
	assert_string_equal(answer_to("stop a\n"), "{\"ok\":true}\n");
	run_until(1000000);
	assert_int_equal(world.rebooted, 0);
}

static void maintenance_is_fed(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	ask(a, "critical", "true");
	ask(a, "unwell-timeout", "10s");
	world.ledger.bad_boots = 3;
	begin();
	run_until(1000000);
	assert_true(m.maintenance);
	assert_int_equal(world.rebooted, 0);
}

/* The slowest end there is, with a service that ignores its signal for longer than the limit. */
static void a_slow_end_is_fed_to_the_last(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	a->term_ms = FAKE_FOREVER;
	a->stop_ms = 90000;
	world.unmount_hangs = 1;
	fake_signal(10000, SIGTERM);
	begin();
	run_until(1000000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_in_range(world.rebooted_at, 100000, 200000);
	assert_int_equal(world.let_go, 0);
	assert_true(world.armed_ms > 0);
	assert_int_equal(next_boot(false).end, LEDGER_PLANNED);
	assert_int_equal(next_boot(true).end, LEDGER_PLANNED);
}

/* Whenever its end comes, and however long the last call takes, as far as the limit allows. */
static void an_end_that_takes_its_time_is_planned_all_the_same(void **state)
{
	(void)state;
	for (int64_t at = 10000; at < 10000 + LIMIT / 4; at += 250) {
		a_board();
		fake_add(CTR_SERVICE, "a");
		world.off_ms = 9000;
		fake_signal(at, SIGTERM);
		begin();
		run_until(60000);
		assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
		assert_int_equal(next_boot(true).end, LEDGER_PLANNED);
		end();
	}
}

static void a_machine_that_hangs_as_it_ends_is_reset(void **state)
{
	(void)state;
	a_board();
	fake_add(CTR_SERVICE, "a");
	world.unmount_hangs = 1;
	fake_signal(10000, SIGTERM);
	begin();
	for (int i = 0; i < 1000 && m.phase != PHASE_UNMOUNT; i++)
		run_until(world.now + 10);
	assert_int_equal(next_boot(false).end, LEDGER_PLANNED);
	assert_int_equal(next_boot(true).end, LEDGER_WATCHDOG);
	assert_string_equal(next_boot(true).why, "the machine hung while it ended");
}

/* Halted it stands still for good; the others end the machine, and it guards them to the end. */
static void only_a_halt_lets_it_go(void **state)
{
	static const struct {
		int signal, let_go;
	} cases[] = {{SIGUSR1, 1}, {SIGUSR2, 0}, {SIGTERM, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a_board();
		fake_add(CTR_SERVICE, "a");
		fake_signal(10000, cases[i].signal);
		begin();
		run_until(100000);
		assert_true(world.rebooted != 0 && world.rebooted != FAKE_BITTEN);
		assert_int_equal(world.let_go, cases[i].let_go);
		assert_int_equal(world.armed_ms, cases[i].let_go ? 0 : LIMIT);
		end();
	}
}

/* What a handler writes while the loop stands still; a turn after all takes it back. */
static void a_loop_that_stands_still_is_written_down(void **state)
{
	static const char rest[] = "now=starves by=operator why=it stands\n";

	(void)state;
	a_board();
	fake_add(CTR_SERVICE, "a");
	remember_in_handler(rest, sizeof(rest) - 1); /* too early to do anything */
	begin();
	run_until(20000);
	remember_in_handler(rest, sizeof(rest) - 1);
	assert_int_equal(next_boot(false).end, LEDGER_WATCHDOG);
	assert_string_equal(next_boot(false).why, "it stands");
	assert_int_equal(next_boot(false).boots, 1);
	run_until(30000);
	assert_int_equal(next_boot(false).end, LEDGER_RESET);
}

static void the_led_shows_the_state(void **state)
{
	struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

	(void)state;
	a_board();
	ask(a, "ready", "log here");
	a->prints = "here\n";
	fake_crash(a, 20000, SIGKILL);
	fake_signal(40000, SIGTERM);
	begin();
	run_until(19000);
	assert_string_equal(
		world.led, "trigger=timer delay_on=100 delay_off=100 trigger=none brightness=255 ");
	world.led[0] = '\0';
	run_until(30000);
	assert_int_equal(strncmp(world.led, "trigger=timer delay_on=1800 delay_off=200 ", 42), 0);
	world.led[0] = '\0';
	run_until(100000);
	assert_string_equal(world.led, "trigger=timer delay_on=500 delay_off=500 ");
}

static void each_state_has_its_pattern(void **state)
{
	struct machine x = MACHINE_NEW;

	(void)state;
	assert_int_equal(led_of(&x), LED_UNREADY);
	x.phase = PHASE_UP;
	assert_int_equal(led_of(&x), LED_UNREADY);
	x.up_said = true;
	assert_int_equal(led_of(&x), LED_UP);
	x.maintenance = true;
	assert_int_equal(led_of(&x), LED_MAINTENANCE);
	x.off = OFF_REBOOT;
	assert_int_equal(led_of(&x), LED_ENDING);
	for (int i = LED_UNREADY; i < LED_N; i++) {
		for (int k = LED_UNREADY; k < i; k++)
			assert_true(led_patterns[i].on_ms != led_patterns[k].on_ms ||
				    led_patterns[i].off_ms != led_patterns[k].off_ms);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_that_is_well_is_fed),
		T(hardware_that_can_less_is_fed_more_often),
		T(without_one_nothing_is_armed),
		T(a_dead_critical_service_starves_it),
		T(one_that_is_not_critical_does_not),
		T(a_crash_loop_starves_it_until_it_ends),
		T(who_waits_for_the_world_is_not_unwell),
		T(what_was_stopped_by_hand_is_not_unwell),
		T(maintenance_is_fed),
		T(a_slow_end_is_fed_to_the_last),
		T(an_end_that_takes_its_time_is_planned_all_the_same),
		T(a_machine_that_hangs_as_it_ends_is_reset),
		T(only_a_halt_lets_it_go),
		T(a_loop_that_stands_still_is_written_down),
		T(the_led_shows_the_state),
		T(each_state_has_its_pattern),
	};

	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
