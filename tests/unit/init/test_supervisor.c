/*
 * PID 1 from the scan to reboot(2), with its real loop and tables, in the world of sys_fake.c: no
 * process, no file, no waiting.
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

static void onboot_runs_in_order_and_one_at_a_time(void **state)
{
	(void)state;
	fake_add(CTR_ONBOOT, "000-a");
	fake_add(CTR_ONBOOT, "001-b");
	fake_add(CTR_SERVICE, "s");
	begin();
	run_until(10000);
	assert_string_equal(world.order,
		"prepare:000-a create:000-a start:000-a delete:000-a clean:000-a "
		"prepare:001-b create:001-b start:001-b delete:001-b clean:001-b "
		"prepare:s create:s start:s ");
	assert_int_equal(m.phase, PHASE_UP);
	assert_false(machine_degraded(&m));
}

static void a_failed_onboot_is_told_and_the_next_one_runs(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	a->status = 3 << 8;
	begin();
	run_until(10000);
	assert_int_equal(s->started, 1);
	assert_true(machine_degraded(&m));
	assert_string_equal(ctr_find(&m.pool, "a")->reason, "exit status 3");
	assert_non_null(strstr(world.log, "a: failed: exit status 3"));
}

static void a_hanging_onboot_is_ended_at_its_deadline(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	a->run_ms = FAKE_FOREVER;
	a->term_ms = FAKE_FOREVER;
	a->timeout_ms = 20000;
	a->stop_ms = 3000;
	begin();
	run_until(100000);
	assert_int_equal(a->termed, 1);
	assert_in_range(a->ended_at - a->started_at[0], 22990, 23010); /* its waiting counts, too */
	assert_int_equal(s->started, 1);
	assert_string_equal(ctr_find(&m.pool, "a")->reason, "not done in 20 s");
}

static void a_dead_service_does_not_stay_dead(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	fake_crash(s, 30000, SIGKILL);
	begin();
	run_until(100000);
	assert_int_equal(s->started, 2);
	assert_in_range(s->started_at[1] - 30000, 100, 120);
	/* Its writable layer is kept: prepared once, never cleaned. */
	assert_int_equal(s->prepared, 1);
	assert_int_equal(s->cleaned, 0);
}

static void groups_below_its_own_go_before_it_starts_again(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	fake_crash(s, 30000, SIGKILL);
	s->groups_below = true;
	begin();
	run_until(100000);
	assert_int_equal(s->started, 2);
	assert_false(s->groups_below);
	assert_int_equal(s->cleaned, 0);
}

static void how_the_last_run_ended_is_known_until_it_is_asked_to_stop(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	fake_crash(s, 30000, 3 << 8);
	begin();
	run_until(60000);
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_UP);
	assert_string_equal(ctr_find(&m.pool, "s")->reason, "exit status 3");
	fake_client("stop s\n", 0);
	run_until(90000);
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_DOWN);
	assert_string_equal(ctr_find(&m.pool, "s")->reason, "asked to stop");
	assert_non_null(strstr(
		answer_to("events 99\n"), "\"to\":\"stopping\",\"reason\":\"asked to stop\""));
	fake_client("start s\n", 0);
	run_until(99000);
	assert_string_equal(ctr_find(&m.pool, "s")->reason, "");
}

static void a_stop_of_what_has_failed_leaves_the_reason(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	ask(s, "restart", "never");
	fake_crash(s, 5000, 3 << 8);
	begin();
	run_until(9000);
	assert_non_null(strstr(answer_to("stop s\n"), "\"ok\""));
	assert_string_equal(ctr_find(&m.pool, "s")->reason, "exit status 3");
}

static void a_crash_loop_backs_off_to_a_minute(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *other = fake_add(CTR_SERVICE, "t");
	int64_t gap, last_gap = 0;

	(void)state;
	s->run_ms = 1;
	s->status = 1 << 8;
	begin();
	run_until(600000);
	for (int i = 1; i < s->started && i < 64; i++) {
		gap = s->started_at[i] - s->started_at[i - 1];
		assert_true(gap + 5 >= last_gap); /* some have a clean layer to wait for */
		assert_true(gap <= 60050);
		last_gap = gap;
	}
	assert_in_range(last_gap, 60000, 60050);
	assert_in_range(s->started, 15, 21);
	assert_int_equal(other->started, 1);
}

static void a_runtime_that_fails_or_hangs_is_tried_again(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	struct fake_ctr *t = fake_add(CTR_SERVICE, "t");
	struct fake_ctr *u = fake_add(CTR_SERVICE, "u");

	(void)state;
	s->fail_create = 3;
	t->hang_create = 1;
	u->fail_start = 2;
	begin();
	run_until(200000);
	assert_int_equal(s->created, 4);
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_UP);
	assert_int_equal(t->created, 2);
	assert_int_equal(ctr_find(&m.pool, "t")->state, CTR_UP);
	assert_int_equal(ctr_find(&m.pool, "u")->state, CTR_UP);
	/* What hung has been killed: three containers, nothing else. */
	assert_int_equal(fake_live_children(), 3);
	/* Each failed try is deleted before the next. */
	assert_int_equal(s->deleted, 3);
	assert_int_equal(t->deleted, 1);
	assert_int_equal(u->deleted, 2);
}

/* The console tells a failed create once, without what the runtime says before each of its words.
 */
static void a_failed_create_is_told_once(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	static const char said[] =
		"time=\"x\" level=error msg=\"runc create failed: no such thing\"\n";
	const char *first;

	(void)state;
	s->fail_create = 1;
	s->complains = said;
	s->complains_len = strlen(said);
	begin();
	while (!s->deleted)
		run_until(world.now + 1);
	s->complains = NULL;
	run_until(20000);
	first = strstr(world.log, "no such thing");
	assert_non_null(first);
	assert_null(strstr(first + 1, "no such thing"));
	assert_non_null(strstr(world.log, "s: creating failed: no such thing; restarts in "));
	assert_null(strstr(world.log, "level=error"));
	assert_non_null(strstr(answer_to("logs s 100\n"), "level=error"));
}

static void a_runtime_that_is_not_there_is_told(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	s->fail_create = 2;
	s->no_runtime = true;
	begin();
	run_until(20000);
	assert_non_null(strstr(
		world.log, "s: creating failed: the program for it cannot be run; restarts in "));
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_UP);
}

static void what_an_earlier_call_said_is_not_the_reason_of_a_later_failure(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	static const char said[] = "level=error msg=\"no \\\"space\\\"\" x=\"y\"\n";

	(void)state;
	s->fail_create = 1;
	s->complains = said;
	s->complains_len = strlen(said);
	begin();
	while (!s->deleted)
		run_until(world.now + 1);
	s->complains = NULL;
	s->fail_start = 1;
	run_until(20000);
	assert_int_equal(s->deleted, 2);
	assert_non_null(strstr(world.log, "creating failed: no \"space\"; restarts"));
	assert_non_null(strstr(world.log, "starting failed;"));
	assert_null(strstr(world.log, "starting failed: no"));
}

/* 1 is PID 1 itself: a SIGKILL sent there would be the end. */
static void a_pid_file_with_nonsense_is_a_failed_start(void **state)
{
	static const char *const nonsense[] = {
		"", "0", "1", "-5", "12x", "99999999999999", "4194305", "2147483648"};

	(void)state;
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

		s->bad_pid = nonsense[i];
		begin();
		run_until(20000);
		assert_non_null(strstr(world.log, "cannot use the runtime's pid file"));
		assert_int_equal(s->created, 2);
		assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_UP);
		end();
	}
}

static void a_program_that_ends_at_once_is_not_missed(void **state)
{
	struct fake_ctr *good = fake_add(CTR_ONBOOT, "000-good");
	struct fake_ctr *bad = fake_add(CTR_ONBOOT, "001-bad");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	good->run_ms = bad->run_ms = FAKE_AT_ONCE;
	bad->status = 9 << 8;
	begin();
	run_until(60000);
	assert_int_equal(ctr_find(&m.pool, "good")->state, CTR_DONE);
	assert_string_equal(ctr_find(&m.pool, "bad")->reason, "exit status 9");
	assert_int_equal(s->started, 1);
}

/* A slot and a stop in the same turn: the slot was meant for the state that is over. */
static void a_stop_overtakes_a_start_that_is_due(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	int client;

	(void)state;
	begin();
	m.pool.slots = 0;
	run_until(2000);
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_QUEUE);
	client = fake_client("stop s\n", 0);
	m.pool.slots = 1;
	run_until(3000);
	assert_string_equal(fake_answer(client), "{\"ok\":true}\n");
	assert_int_equal(s->created, 0);
}

static void a_container_that_cannot_be_read_fails_alone(void **state)
{
	struct fake_ctr *bad = fake_add(CTR_SERVICE, "bad");
	struct fake_ctr *good = fake_add(CTR_SERVICE, "good");

	(void)state;
	bad->error = "config.json:3: '}' expected";
	begin();
	run_until(60000);
	assert_int_equal(bad->created, 0);
	assert_int_equal(good->started, 1);
	assert_int_equal(ctr_find(&m.pool, "bad")->state, CTR_FAILED);
}

static void a_scan_that_dies_hangs_or_lies_leaves_a_machine_to_ask(void **state)
{
	(void)state;
	for (int bad = 1; bad <= 3; bad++) {
		int client;

		fake_add(CTR_SERVICE, "s");
		world.scan_bad = bad;
		begin();
		run_until(150000);
		assert_int_equal(m.phase, PHASE_UP);
		assert_int_equal(m.pool.n, 0);
		assert_true(m.maintenance);
		assert_false(m.up_said);
		assert_true(m.good_at == CTR_NEVER);
		client = fake_client("status\n", 0);
		run_until(world.now + 1000);
		assert_non_null(strstr(fake_answer(client), "{\"ok\":true}"));
		/* Another boot may read them, or the other slot. */
		run_until(2 * 3600000);
		assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
		assert_string_equal(world.off, "rollback");
		end();
	}
}

/* Both come in one turn: the disk is the reason. */
static void a_scan_that_dies_of_damage_is_rolled_back(void **state)
{
	(void)state;
	fake_add(CTR_SERVICE, "s");
	world.scan_bad = 1;
	begin();
	snprintf(m.plug.damage, sizeof(m.plug.damage), "0,7");
	run_until(100000);
	assert_false(m.maintenance);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_string_equal(world.off, "rollback");
}

static void signals_mean_what_busybox_init_makes_of_them(void **state)
{
	static const struct {
		int signal, how;
	} meanings[] = {{SIGUSR1, (int)RB_HALT_SYSTEM}, {SIGUSR2, (int)RB_POWER_OFF},
		{SIGTERM, (int)RB_AUTOBOOT}, {SIGINT, (int)RB_AUTOBOOT},
		{SIGPWR, (int)RB_POWER_OFF}};

	(void)state;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		fake_add(CTR_SERVICE, "s");
		fake_signal(20000, meanings[i].signal);
		begin();
		run_until(200000);
		assert_int_equal(world.rebooted, meanings[i].how);
		assert_in_range(world.rebooted_at, 20000, 20050);
		end();
	}
}

static void the_end_is_orderly(void **state)
{
	struct fake_ctr *polite = fake_add(CTR_SERVICE, "polite");
	struct fake_ctr *deaf = fake_add(CTR_SERVICE, "deaf");
	struct fake_ctr *bye = fake_add(CTR_ONSHUTDOWN, "000-bye");

	(void)state;
	deaf->term_ms = FAKE_FOREVER;
	deaf->stop_ms = 4000;
	fake_signal(20000, SIGUSR2);
	fake_signal(20500, SIGTERM); /* the first request counts */
	begin();
	run_until(200000);
	assert_int_equal(polite->termed, 1);
	assert_int_equal(polite->killed, 0);
	assert_int_equal(deaf->termed, 1);
	assert_in_range(deaf->ended_at, 24000, 24010);
	assert_int_equal(bye->started, 1);
	assert_true(bye->started_at[0] > deaf->ended_at);
	assert_int_equal(world.rebooted, (int)RB_POWER_OFF);
	assert_non_null(strstr(world.order, "clean:000-bye unmount:all"));
}

static void the_end_comes_whatever_hangs(void **state)
{
	struct fake_ctr *deaf = fake_add(CTR_SERVICE, "deaf");
	struct fake_ctr *bye = fake_add(CTR_ONSHUTDOWN, "000-bye");

	(void)state;
	deaf->term_ms = FAKE_FOREVER;
	bye->run_ms = FAKE_FOREVER;
	bye->term_ms = FAKE_FOREVER;
	world.unmount_hangs = 1;
	fake_signal(20000, SIGTERM);
	begin();
	run_until(400000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	/* stop 10 s, onshutdown 60 s, unmount 30 s */
	assert_in_range(world.rebooted_at, 20000, 20000 + 101000);
}

static void an_end_asked_for_during_onboot_ends_the_onboot(void **state)
{
	struct fake_ctr *a = fake_add(CTR_ONBOOT, "000-a");
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	a->run_ms = FAKE_FOREVER;
	fake_signal(5000, SIGTERM);
	begin();
	run_until(100000);
	assert_int_equal(a->termed, 1);
	assert_int_equal(s->created, 0);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
}

static void a_reboot_overtakes_a_restart(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	s->term_ms = 700;
	begin();
	run_until(20000);
	(void)fake_client("restart s\n", 0);
	fake_signal(20100, SIGTERM);
	run_until(60000);
	assert_int_equal(world.rebooted, (int)RB_AUTOBOOT);
	assert_int_equal(s->started, 1);
}

static void stop_start_and_restart_answer_when_it_is_so(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	int client;

	(void)state;
	s->term_ms = 700;
	begin();
	run_until(20000);

	client = fake_client("stop s\n", 0);
	run_until(20400);
	assert_string_equal(fake_answer(client), "");
	run_until(22000);
	assert_string_equal(fake_answer(client), "{\"ok\":true}\n");
	assert_int_equal(ctr_find(&m.pool, "s")->state, CTR_DOWN);

	client = fake_client("start s\n", 0);
	run_until(24000);
	assert_string_equal(fake_answer(client), "{\"ok\":true}\n");
	assert_int_equal(s->started, 2);

	client = fake_client("restart s\n", 0);
	run_until(26000);
	assert_string_equal(fake_answer(client), "{\"ok\":true}\n");
	assert_int_equal(s->started, 3);
	assert_in_range(s->started_at[2] - s->ended_at, 1, 50);
}

static void bad_requests_are_told_what_is_wrong(void **state)
{
	static const struct {
		const char *request, *answer;
		unsigned uid;
	} cases[] = {
		{"frobnicate\n", "\"code\":\"usage\"", 0},
		{"\n", "\"code\":\"usage\"", 0},
		{"stop\n", "\"code\":\"usage\"", 0},
		{"stop a b\n", "\"code\":\"usage\"", 0},
		{"stop nobody\n", "\"code\":\"not-found\"", 0},
		{"logs s x\n", "\"code\":\"usage\"", 0},
		{"status now\n", "\"code\":\"usage\"", 0},
		{"status\n", "\"code\":\"refused\"", 1000},
	};
	char flood[400];
	int client;

	(void)state;
	fake_add(CTR_SERVICE, "s");
	begin();
	run_until(5000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client = fake_client(cases[i].request, cases[i].uid);
		run_until(world.now + 100);
		if (!strstr(fake_answer(client), cases[i].answer))
			fail_msg("%s answered %s", cases[i].request, fake_answer(client));
	}
	memset(flood, 'x', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	client = fake_client(flood, 0);
	run_until(world.now + 100);
	assert_non_null(strstr(fake_answer(client), "\"code\":\"usage\""));
}

static void a_crowd_of_half_requests_does_not_lock_a_good_client_out(void **state)
{
	int followers[CTL_CLIENTS], client;

	(void)state;
	fake_add(CTR_SERVICE, "s");
	begin();
	run_until(5000);
	for (int i = 0; i < CTL_CLIENTS; i++)
		followers[i] = fake_client("logs s 10 follow\n", 0);
	run_until(world.now + 100);
	for (int i = 0; i < 4 * CTL_CLIENTS; i++)
		(void)fake_client("sta", 0);
	client = fake_client("status\n", 0);
	run_until(world.now + 100);
	assert_non_null(strstr(fake_answer(client), "{\"ok\":true}"));
	/* The followers were asked to go only as long as there was nobody who dawdled. */
	assert_string_equal(fake_answer(followers[0]), "");
	assert_true(m.ctl.refused >= 3 * CTL_CLIENTS);
}

static void logs_keep_the_last_words_of_a_dead_service(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");
	int client;

	(void)state;
	s->prints = "first\nlast words\n";
	fake_crash(s, 3000, SIGSEGV);
	begin();
	run_until(20000);
	client = fake_client("logs s 100\n", 0);
	run_until(world.now + 100);
	assert_non_null(strstr(fake_answer(client), "\"text\":\"last words\""));
	assert_non_null(strstr(fake_answer(client), "{\"ok\":true}"));
	assert_non_null(strstr(world.log, "[s] last words"));
}

static void orphans_are_reaped_and_nobody_is_confused(void **state)
{
	struct fake_ctr *s = fake_add(CTR_SERVICE, "s");

	(void)state;
	fake_orphans(5000, 300);
	begin();
	run_until(10000);
	assert_int_equal(m.strangers, 300);
	assert_int_equal(s->started, 1);
	assert_int_equal(fake_live_children(), 1);
}

static void at_rest_there_is_no_deadline(void **state)
{
	(void)state;
	fake_add(CTR_ONBOOT, "000-a");
	fake_add(CTR_SERVICE, "s");
	begin();
	run_until(5000);
	assert_true(ctr_next_deadline(&m.pool) == CTR_NEVER);
	assert_true(m.deadline == CTR_NEVER);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#define HOUR 3600000

/* A power cut sets a board without a clock back by no more; without a data partition nobody wakes
 * up. */
static void the_time_is_saved_once_an_hour(void **state)
{
	(void)state;
	for (int has = 0; has < 2; has++) {
		struct fake_ctr *a = fake_add(CTR_SERVICE, "a");

		/* Its end takes longer than that. */
		a->term_ms = FAKE_FOREVER;
		a->stop_ms = 2 * HOUR;
		fake_signal(5 * HOUR + 60000, SIGTERM);
		begin();
		m.has_data = has;
		run_until(5 * HOUR + 50000);
		assert_int_equal(world.clocks, has ? 5 : 0);
		assert_false(m.slots.is_good);
		run_until(9 * HOUR);
		assert_int_not_equal(world.rebooted, 0);
		assert_int_equal(world.clocks, has ? 5 : 0);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(onboot_runs_in_order_and_one_at_a_time),
		T(a_failed_onboot_is_told_and_the_next_one_runs),
		T(a_hanging_onboot_is_ended_at_its_deadline),
		T(a_dead_service_does_not_stay_dead),
		T(how_the_last_run_ended_is_known_until_it_is_asked_to_stop),
		T(a_stop_of_what_has_failed_leaves_the_reason),
		T(a_failed_create_is_told_once),
		T(groups_below_its_own_go_before_it_starts_again),
		T(a_crash_loop_backs_off_to_a_minute),
		T(a_runtime_that_fails_or_hangs_is_tried_again),
		T(a_runtime_that_is_not_there_is_told),
		T(what_an_earlier_call_said_is_not_the_reason_of_a_later_failure),
		T(a_pid_file_with_nonsense_is_a_failed_start),
		T(a_program_that_ends_at_once_is_not_missed),
		T(a_stop_overtakes_a_start_that_is_due),
		T(a_container_that_cannot_be_read_fails_alone),
		T(a_scan_that_dies_hangs_or_lies_leaves_a_machine_to_ask),
		T(a_scan_that_dies_of_damage_is_rolled_back),
		T(signals_mean_what_busybox_init_makes_of_them),
		T(the_end_is_orderly),
		T(the_end_comes_whatever_hangs),
		T(an_end_asked_for_during_onboot_ends_the_onboot),
		T(a_reboot_overtakes_a_restart),
		T(stop_start_and_restart_answer_when_it_is_so),
		T(bad_requests_are_told_what_is_wrong),
		T(a_crowd_of_half_requests_does_not_lock_a_good_client_out),
		T(logs_keep_the_last_words_of_a_dead_service),
		T(orphans_are_reaped_and_nobody_is_confused),
		T(at_rest_there_is_no_deadline),
		T(the_time_is_saved_once_an_hour),
	};

	return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
