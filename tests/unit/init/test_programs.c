/* The programs of /etc/init.d: which they are and when it is their turn; their life in a machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../init/programs.h"
#include "life.h"

static char folder[64];
static struct scan_record recs[32];

static void put_file(const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

static void put_link(const char *name, const char *to)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(symlink(to, path), 0);
}

static int folder_setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/programs.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

/* "first second": the names of a place, in their order. */
static const char *names_of(enum programs_place place)
{
	static char buf[512];
	size_t n = programs_read(folder, place, recs, 0), len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		assert_true(scan_record_ok(&recs[i]));
		assert_int_equal(recs[i].program, 1);
		assert_string_equal(scan_name(&recs[i]), recs[i].id);
		len += (size_t)snprintf(
			buf + len, sizeof(buf) - len, "%s%s", i ? " " : "", recs[i].id);
	}
	return buf;
}

static void bytes_of_names_decide(void **state)
{
	(void)state;
	put_file("9z");
	put_file("000-kexec");
	put_file("015-between");
	put_file("01-early");
	put_file("Z");
	put_file("a");
	put_file(".hidden");
	assert_string_equal(names_of(PROGRAMS_FIRST), "000-kexec 01-early");
	assert_string_equal(names_of(PROGRAMS_BETWEEN), "015-between");
	assert_string_equal(names_of(PROGRAMS_LAST), "9z Z a");
	assert_string_equal(names_of(PROGRAMS_END), "000-kexec 01-early");
	assert_string_equal(names_of(PROGRAMS_VERY_END), "015-between 9z Z a");
}

static void links_of_linuxkit_are_the_borders(void **state)
{
	(void)state;
	put_link("005-volumes", "/usr/bin/service");
	put_link("500-onboot", "/usr/bin/service");
	put_link("700-containerd", "/usr/bin/service");
	put_file("400-a");
	put_file("600-b");
	put_file("800-c");
	assert_string_equal(names_of(PROGRAMS_FIRST), "400-a");
	assert_string_equal(names_of(PROGRAMS_BETWEEN), "600-b");
	assert_string_equal(names_of(PROGRAMS_LAST), "800-c");
}

static void a_name_alone_makes_no_border(void **state)
{
	(void)state;
	put_file("002-start-onboot-log");
	put_file("005-containerd-config");
	assert_string_equal(names_of(PROGRAMS_FIRST), "002-start-onboot-log 005-containerd-config");
	assert_string_equal(names_of(PROGRAMS_LAST), "");
}

static void what_init_does_itself_is_no_program(void **state)
{
	char sub[128];

	(void)state;
	put_file("000-issue");
	put_file("001-getty");
	put_file("002-logging");
	put_link("003-link", "001-getty");
	put_link("004-broken", "/nowhere");
	snprintf(sub, sizeof(sub), "%s/005-folder", folder);
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_string_equal(names_of(PROGRAMS_FIRST), "001-getty 003-link");
}

static void among_services_they_take_turns(void **state)
{
	(void)state;
	put_file("030-a");
	put_file("031-b");
	put_file("032-c");
	assert_int_equal(programs_read(folder, PROGRAMS_LAST, recs, 7), 10);
	assert_int_equal(recs[7].after_n, 0);
	assert_int_equal(recs[8].after[0].at, 7);
	assert_int_equal(recs[9].after[0].at, 8);
	assert_int_equal(recs[9].after[0].stage, STAGE_DONE);
}

static void no_folder_no_programs(void **state)
{
	(void)state;
	assert_int_equal(programs_read("/nowhere", PROGRAMS_FIRST, recs, 3), 3);
}

/* In a machine. */

static struct fake_ctr *add_program(enum ctr_kind kind, const char *id, int64_t run_ms, int status)
{
	struct fake_ctr *c = fake_add(kind, id);

	c->program = true;
	c->run_ms = run_ms;
	c->status = status;
	c->policy.oneshot = true;
	c->policy.restart = RESTART_NEVER;
	return c;
}

static void they_run_in_turn_with_the_steps(void **state)
{
	struct fake_ctr *first = add_program(CTR_ONBOOT, "000-kexec", 5000, 0);
	struct fake_ctr *step = fake_add(CTR_ONBOOT, "000-step");
	struct fake_ctr *last = add_program(CTR_SERVICE, "030-last", 100, 0);
	struct fake_ctr *service = fake_add(CTR_SERVICE, "service");
	struct fake_ctr *bye = add_program(CTR_ONSHUTDOWN, "005-bye", 100, 0);

	(void)state;
	step->run_ms = 100;
	fake_signal(30000, SIGUSR2);
	begin();
	run_until(20000);
	assert_in_range(step->started_at[0] - first->started_at[0], 5000, 5100);
	assert_true(service->started_at[0] > step->ended_at);
	assert_int_equal(state_of("000-kexec"), CTR_DONE);
	assert_int_equal(state_of("030-last"), CTR_DONE);
	assert_int_equal(first->created + first->deleted + first->cleaned + first->prepared, 0);
	assert_false(machine_degraded(&m));
	assert_non_null(strstr(world.log, "up: every service is ready"));
	run_until(100000);
	assert_true(bye->started_at[0] >= service->ended_at);
	assert_int_equal(last->started + bye->started, 2);
	assert_int_equal(world.rebooted, (int)RB_POWER_OFF);
}

static void one_that_fails_or_hangs_does_not_hold_up_the_rest(void **state)
{
	struct fake_ctr *bad = add_program(CTR_ONBOOT, "000-bad", 10, 3 << 8);
	struct fake_ctr *hang = add_program(CTR_ONBOOT, "001-hang", FAKE_FOREVER, 0);
	struct fake_ctr *late = add_program(CTR_SERVICE, "900-late", 10, 1 << 8);
	struct fake_ctr *service = fake_add(CTR_SERVICE, "service");

	(void)state;
	hang->term_ms = FAKE_FOREVER;
	hang->timeout_ms = 60000;
	hang->stop_ms = 2000;
	begin();
	run_until(100000);
	assert_int_equal(state_of("000-bad"), CTR_FAILED);
	assert_string_equal(ctr_find(&m.pool, "000-bad")->reason, "exit status 3");
	assert_int_equal(state_of("001-hang"), CTR_FAILED);
	assert_int_equal(hang->termed, 1);
	assert_int_equal(hang->killed, 1);
	assert_in_range(service->started_at[0] - hang->started_at[0], 62000, 62200);
	assert_int_equal(bad->started + late->started, 2);
	assert_true(machine_degraded(&m));
	/* One that failed is no service that is not ready. */
	assert_non_null(strstr(world.log, "up: every service is ready"));
	assert_non_null(strstr(answer_to("status\n"), "\"kind\":\"init.d\""));
}

static void one_can_be_asked_to_run_again(void **state)
{
	struct fake_ctr *p = add_program(CTR_ONBOOT, "000-again", 100, 0);

	int client;

	(void)state;
	(void)fake_add(CTR_SERVICE, "service");
	begin();
	run_until(5000);
	client = fake_client("start 000-again\n", 0);
	run_until(5050);
	assert_null(strstr(fake_answer(client), "\"ok\""));
	run_until(5200);
	assert_non_null(strstr(fake_answer(client), "{\"ok\":true}"));
	run_until(10000);
	assert_int_equal(p->started, 2);
	assert_int_equal(state_of("000-again"), CTR_DONE);
}

#define F(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		F(bytes_of_names_decide),
		F(links_of_linuxkit_are_the_borders),
		F(a_name_alone_makes_no_border),
		F(what_init_does_itself_is_no_program),
		F(among_services_they_take_turns),
		F(no_folder_no_programs),
		T(they_run_in_turn_with_the_steps),
		T(one_that_fails_or_hangs_does_not_hold_up_the_rest),
		T(one_can_be_asked_to_run_again),
	};

	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
