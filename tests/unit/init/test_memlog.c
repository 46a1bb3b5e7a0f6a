/*
 * memlogd's sockets, asked as logread and logwrite ask, in the world of sys_fake.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "life.h"

static void begin_with_memlog(void)
{
	begin();
	(void)memlog_open(&m, MEMLOG_QUERY, MEMLOG_TAKE);
}

static void turns(int n)
{
	while (n--)
		loop_turn(&m);
}

static int before(void **state)
{
	(void)setup(state);
	world.wall_ms = 1700000000000 - 1000; /* 2023-11-14T22:13:20Z when the world begins */
	return 0;
}

static void three_containers(void)
{
	fake_add(CTR_ONBOOT, "001-once")->prints = "first\n";
	fake_add(CTR_SERVICE, "web")->prints = "hello \"you\"\nhalf";
	begin_with_memlog();
	turns(40);
}

static int query(char mode)
{
	return fake_query(&mode, 1);
}

static void a_dump_has_all_sources_in_the_order_of_time_and_ends(void **state)
{
	const char *a, *once, *done, *web;
	int c;

	(void)state;
	three_containers();
	c = query(MEMLOG_DUMP);
	turns(3);
	a = fake_answer(c);
	once = strstr(a, "\"source\":\"onboot.001-once.out\",\"msg\":\"first\"}\n");
	web = strstr(a, "\"source\":\"web.out\",\"msg\":\"hello \\\"you\\\"\"}\n");
	assert_non_null(
		strstr(a, "\"source\":\"init\",\"msg\":\"2 containers; onboot begins\"}\n"));
	assert_memory_equal(a, "{\"time\":\"2023-11-14T22:13:2", 27);
	done = strstr(a, "\"source\":\"init\",\"msg\":\"once: done\"}\n");
	assert_true(once && done && web && once < done && done < web);
	assert_non_null(strstr(a, "\"msg\":\"half\"}\n"));
	assert_int_equal(m.memlog.client[0].stage, MEMLOG_FREE);
}

static void stderr_has_the_bare_name(void **state)
{
	const char text[] = "oops\n";
	int c;

	(void)state;
	three_containers();
	ring_write(&m.pool.ctr[1].ring, m.now, RING_ERR, text, 5);
	c = query(MEMLOG_DUMP);
	turns(3);
	assert_non_null(strstr(fake_answer(c), "\"source\":\"web\",\"msg\":\"oops\"}\n"));
}

static void a_follower_gets_what_comes_later_only(void **state)
{
	int c, both;

	(void)state;
	three_containers();
	c = query(MEMLOG_FOLLOW);
	both = query(MEMLOG_DUMP_FOLLOW);
	turns(3);
	assert_string_equal(fake_answer(c), "");
	assert_non_null(strstr(fake_answer(both), "\"first\""));
	ring_line(&m.pool.ctr[1].ring, m.now, RING_OUT, "later", 5);
	turns(3);
	assert_non_null(strstr(fake_answer(c), "\"msg\":\"later\""));
	assert_non_null(strstr(fake_answer(both), "\"msg\":\"later\""));
	fake_hangup(c);
	turns(3);
	assert_int_equal(m.memlog.client[0].stage, MEMLOG_FREE);
	assert_int_equal(m.memlog.client[1].stage, MEMLOG_ANSWER);
}

static void a_line_in_pieces_is_one_and_no_longer_than_memlogds(void **state)
{
	struct ring *r;
	char big[3000];
	const char *msg;
	int c;

	(void)state;
	three_containers();
	r = &m.pool.ctr[1].ring;
	memset(big, 'x', sizeof(big));
	ring_write(r, m.now, RING_OUT, " and half\n", 10);
	ring_write(r, m.now, RING_OUT, big, sizeof(big));
	ring_write(r, m.now, RING_ERR, "between\n", 8);
	ring_write(r, m.now, RING_OUT, "\nend\n", 5);
	c = query(MEMLOG_DUMP);
	turns(3);
	assert_non_null(strstr(fake_answer(c), "\"msg\":\"half and half\"}\n"));
	msg = strstr(fake_answer(c), "\"msg\":\"xxx");
	assert_non_null(msg);
	assert_int_equal(strspn(msg + 7, "x"), 1024);
	assert_null(strstr(msg + 7, "\"msg\":\"x"));
	assert_non_null(strstr(msg, "\"msg\":\"between\""));
	assert_non_null(strstr(msg, "\"msg\":\"end\""));
}

static void a_reader_that_stops_holds_nobody_up(void **state)
{
	int slow, good;

	(void)state;
	three_containers();
	slow = query(MEMLOG_DUMP);
	fake_window(slow, 10);
	turns(2);
	for (int i = 0; i < 5000; i++)
		ring_line(&m.pool.ctr[1].ring, m.now, RING_OUT, "0123456789", 10);
	good = query(MEMLOG_DUMP);
	turns(60);
	assert_int_equal(strlen(fake_answer(slow)), 10);
	assert_true(strlen(fake_answer(good)) > 50000);
	fake_window(slow, SIZE_MAX);
	turns(60);
	assert_string_equal(fake_answer(slow) + strlen(fake_answer(slow)) - 2, "}\n");
}

static void a_crowd_that_says_nothing_makes_room_and_followers_stay(void **state)
{
	int follower, last;

	(void)state;
	three_containers();
	follower = query(MEMLOG_DUMP_FOLLOW);
	turns(2);
	for (int i = 0; i < 30; i++)
		(void)fake_query("", 0);
	turns(5);
	last = query(MEMLOG_DUMP);
	turns(5);
	assert_non_null(strstr(fake_answer(last), "first"));
	ring_line(&m.log, m.now, RING_SYS, "still", 5);
	turns(2);
	assert_non_null(strstr(fake_answer(follower), "still"));
	turns(30); /* their time is over */
	for (size_t i = 1; i < MEMLOG_CLIENTS; i++)
		assert_int_equal(m.memlog.client[i].stage, MEMLOG_FREE);
}

/* Operators who watch, in eight terminals or more, do not keep the logs from the disk. */
static void onlookers_give_way_and_log_writers_do_not(void **state)
{
	size_t stay = 0;
	int writer, late = -1;

	(void)state;
	three_containers();
	for (int i = 0; i < MEMLOG_CLIENTS + 3; i++) {
		(void)query(i % 2 ? MEMLOG_FOLLOW : MEMLOG_DUMP_WATCH);
		turns(2);
	}
	writer = query(MEMLOG_DUMP_FOLLOW);
	turns(2);
	for (int i = 0; i < MEMLOG_CLIENTS + 3; i++) {
		late = query(i % 2 ? MEMLOG_FOLLOW : MEMLOG_DUMP_WATCH);
		turns(2);
	}
	ring_line(&m.log, m.now, RING_SYS, "still", 5);
	turns(2);
	assert_non_null(strstr(fake_answer(writer), "first"));
	assert_non_null(strstr(fake_answer(writer), "still"));
	assert_non_null(strstr(fake_answer(late), "still"));
	for (size_t i = 0; i < MEMLOG_CLIENTS; i++)
		stay += m.memlog.client[i].stays;
	assert_int_equal(stay, 1);
	assert_int_equal(m.memlog.refused, 0);
}

static void nonsense_is_hung_up_on(void **state)
{
	(void)state;
	three_containers();
	(void)fake_query("\7", 1);
	turns(3);
	assert_int_equal(m.memlog.client[0].stage, MEMLOG_FREE);
}

static void a_pipe_that_is_sent_becomes_a_source(void **state)
{
	int w, c;

	(void)state;
	three_containers();
	w = fake_log_source("kmsg");
	fake_log(w, "from the kernel\n");
	turns(4);
	fake_log_close(w);
	turns(4);
	assert_int_equal(m.memlog.source[0].fd, -1);
	c = query(MEMLOG_DUMP);
	turns(3);
	assert_non_null(
		strstr(fake_answer(c), "\"source\":\"kmsg\",\"msg\":\"from the kernel\"}\n"));
}

static void sources_are_few_and_a_place_is_given_on(void **state)
{
	int w[MEMLOG_SOURCES + 1], c;
	char name[16];

	(void)state;
	three_containers();
	for (int i = 0; i <= MEMLOG_SOURCES; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		w[i] = fake_log_source(name);
		fake_log(w[i], name);
		fake_log(w[i], "\n");
		turns(3);
	}
	assert_int_equal(m.memlog.refused, 1);
	fake_log_close(w[3]);
	turns(3);
	w[3] = fake_log_source("new");
	fake_log(w[3], "mine\n");
	turns(4);
	c = query(MEMLOG_DUMP);
	turns(4);
	assert_non_null(strstr(fake_answer(c), "\"source\":\"new\",\"msg\":\"mine\""));
	assert_null(strstr(fake_answer(c), "\"msg\":\"s3\""));
	assert_non_null(strstr(fake_answer(c), "\"source\":\"s15\""));
}

static void any_single_failure_is_survived(void **state)
{
	uint64_t calls = 1;

	(void)state;
	for (uint64_t at = 0; at < calls; at++) {
		int w;

		(void)before(NULL);
		fake_add(CTR_SERVICE, "web")->prints = "hello\n";
		begin_with_memlog();
		turns(20);
		calls = world.calls;
		world.fail_at = at ? calls + at : 0;
		w = fake_log_source("s");
		fake_log(w, "text\n");
		(void)query(MEMLOG_DUMP_FOLLOW);
		(void)query(MEMLOG_DUMP);
		turns(6);
		fake_log_close(w);
		turns(10);
		calls = world.calls - calls;
		(void)query(MEMLOG_DUMP);
		turns(6);
		assert_int_equal(m.pool.impossible, 0);
		(void)teardown(NULL);
	}
	assert_true(calls > 20);
}

#define T(f) cmocka_unit_test_setup_teardown(f, before, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_dump_has_all_sources_in_the_order_of_time_and_ends),
		T(stderr_has_the_bare_name),
		T(a_follower_gets_what_comes_later_only),
		T(a_line_in_pieces_is_one_and_no_longer_than_memlogds),
		T(a_reader_that_stops_holds_nobody_up),
		T(a_crowd_that_says_nothing_makes_room_and_followers_stay),
		T(onlookers_give_way_and_log_writers_do_not),
		T(nonsense_is_hung_up_on),
		T(a_pipe_that_is_sent_becomes_a_source),
		T(sources_are_few_and_a_place_is_given_on),
		T(any_single_failure_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
