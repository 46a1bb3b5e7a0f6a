/* What a user may ask of the supervisor: each row of the table, with values that are right and
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../../init/health.h"
#include "../../../init/ladder.h"
#include "../../../init/match.h"
#include "../../../lib/policy.h"

static void every_fallback_is_a_right_value(void **state)
{
	struct policy p = {0};

	(void)state;
	for (size_t i = 0; i < policy_rows_n; i++) {
		if (policy_rows[i].fallback[0])
			assert_true(policy_rows[i].take(&p, policy_rows[i].fallback));
		assert_ptr_equal(policy_find(policy_rows[i].key), &policy_rows[i]);
	}
	p = policy_default();
	assert_int_equal(p.restart, RESTART_ALWAYS);
	assert_int_equal(p.backoff_first_ms, 100);
	assert_int_equal(p.backoff_cap_ms, 60000);
	assert_int_equal(p.stable_ms, 10000);
	assert_int_equal(p.escalate, 5);
	assert_int_equal(p.stop_ms, 10000);
	assert_int_equal(p.stop_signal, SIGTERM);
	assert_int_equal(p.timeout_ms, 300000);
	assert_int_equal(p.runtime_ms, 60000);
	assert_int_equal(p.log_bytes, 65536);
	assert_int_equal(p.health_fails, 3);
	assert_int_equal(p.health_of, 3);
	assert_int_equal(p.ready, PROBE_NONE);
	assert_false(p.critical || p.oneshot || p.maintenance || p.limited);
	assert_null(policy_find("restarts"));
}

/* "key=value": right ones are taken, wrong ones are not and change nothing. */
static void values_are_taken_or_refused(void **state)
{
	static const char *const good[] = {"restart=never", "restart=on-failure", "critical=true",
		"backoff=1ms", "backoff=1s,10s", "backoff=100ms,100ms,0", "backoff=2m",
		"escalate=0", "onfail=retry 3", "onfail=retry 3 reboot", "onfail=ignore",
		"onfail=maintenance", "onfail=rollback", "timeout=0", "timeout=2h", "ready=tcp 1",
		"ready=tcp 65535", "ready=log a b  c", "ready=file /x", "ready=notify",
		"health=http 80", "health=http 80/a?b=c", "health=exec /bin/true -x",
		"health=tcp 53", "health-tries=1", "health-tries=3/32", "health-interval=100ms",
		"health-timeout=10ms", "stop-signal=SIGUSR2", "stop-signal=TERM", "memory=64m",
		"memory=16m", "cpu=0.5", "cpu=50%", "cpu=2", "cpu=1.125", "pids=1", "log-size=4k",
		"log-size=16m", "tmpfs-size=10%", "tmpfs-size=64m", "runtime-timeout=1s",
		"after=net", "after=net clock  dev:/dev/sda a:started b:ready",
		"after=a b c d e f g h", "after="};
	static const char *const bad[] = {"restart=", "restart=Always", "restart=always ",
		"critical=yes", "critical=1", "backoff=", "backoff=0", "backoff=,1s",
		"backoff=1s,10ms", "backoff=1s,2s,3s,4s", "backoff=1s,", "backoff=1", "escalate=-1",
		"escalate=1001", "escalate=x", "onfail=", "onfail=retry", "onfail=retry 0",
		"onfail=retry 3 often", "onfail=retry 99999999", "onfail=panic", "timeout=5",
		"timeout=-1s", "timeout=600h", "timeout=1.5s", "timeout=10 s",
		"timeout=99999999999s", "ready=tcp", "ready=tcp 0", "ready=tcp 65536",
		"ready=tcp 80 ", "ready=tcp x", "ready=log", "ready=log ", "ready=file x",
		"ready=file /a/../b", "ready=notify me", "ready=http 80", "ready=udp 53",
		"health=http", "health=http /x", "health=http 80/a b", "health=exec",
		"health=log x", "health-tries=0", "health-tries=33", "health-tries=3/2",
		"health-tries=3/", "health-tries=/3", "health-tries=1000/2000",
		"health-interval=99ms", "health-timeout=9ms", "stop-signal=term", "stop-signal=15",
		"stop-signal=", "memory=64", "memory=15m", "memory=4096", "memory=64mb",
		"memory=-1", "memory=99999999999g", "cpu=0", "cpu=0.0", "cpu=.5", "cpu=1.2345",
		"cpu=50%%", "cpu=-1", "pids=0", "pids=all", "log-size=64", "log-size=5k",
		"log-size=32m", "tmpfs-size=", "tmpfs-size=m", "tmpfs-size=64mb",
		"runtime-timeout=999ms", "after=a:b", "after=:ready", "after=dev:x",
		"after=a:done:x", "after=a b c d e f g h i"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) + sizeof(bad) / sizeof(bad[0]); i++) {
		const size_t n_good = sizeof(good) / sizeof(good[0]);
		char *key = strdup(i < n_good ? good[i] : bad[i - n_good]);
		char *value = strchr(key, '=');
		struct policy before = policy_default(), p = before;
		bool taken;

		*value++ = '\0';
		taken = policy_find(key)->take(&p, value);
		if (taken != (i < n_good))
			fail_msg("%s: \"%s\" is %staken", key, value, taken ? "" : "not ");
		p.limited = before.limited;
		if (!taken)
			assert_memory_equal(&p, &before, sizeof(p));
		free(key);
	}
}

static void long_values_are_refused_whole(void **state)
{
	char text[400];

	(void)state;
	for (size_t i = 0; i < policy_rows_n; i++) {
		struct policy before = policy_default(), p = before;

		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		assert_false(policy_rows[i].take(&p, text));
		memcpy(text, "log ", 4);
		assert_false(policy_rows[i].take(&p, text));
	}
}

static void words_of_after_come_one_by_one(void **state)
{
	struct policy p = policy_default();
	const char *at = p.after;
	struct after_word w;

	(void)state;
	assert_true(
		policy_find("after")->take(&p, "  net a:started   dev:/dev/sda b clock c:done "));
	assert_string_equal(p.after, "net a:started dev:/dev/sda b clock c:done");
	assert_true(policy_after_next(&at, &w) && w.kind == AFTER_NET);
	assert_true(policy_after_next(&at, &w) && w.kind == AFTER_CTR && w.len == 1 &&
		    w.name[0] == 'a' && w.stage == STAGE_STARTED);
	assert_true(policy_after_next(&at, &w) && w.kind == AFTER_DEV && w.len == 8 &&
		    strncmp(w.name, "/dev/sda", 8) == 0);
	assert_true(policy_after_next(&at, &w) && w.kind == AFTER_CTR && w.stage == STAGE_DEFAULT);
	assert_true(policy_after_next(&at, &w) && w.kind == AFTER_CLOCK);
	assert_true(policy_after_next(&at, &w) && w.stage == STAGE_DONE && w.len == 1);
	assert_false(policy_after_next(&at, &w));
}

static void the_ladder_is_climbed_rung_by_rung(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 40; n++) {
		enum rung want = n < 5    ? RUNG_RESTART
				 : n < 10 ? RUNG_CLEAN
				 : n < 15 ? RUNG_DEPENDANTS
					  : RUNG_MACHINE;

		assert_int_equal(ladder_rung(n, 5, true), want);
		assert_int_equal(
			ladder_rung(n, 5, false), want == RUNG_MACHINE ? RUNG_DEPENDANTS : want);
		assert_int_equal(ladder_rung(n, 0, true), RUNG_RESTART);
		assert_int_equal(ladder_is_step(n, 5), n == 0 || n == 5 || n == 10 || n == 15);
	}
	assert_int_equal(ladder_rung(UINT32_MAX, 1, true), RUNG_MACHINE);
	for (uint32_t n = 1; n < 10; n++) {
		assert_int_equal(
			ladder_machine(n, false), n <= 2 ? REMEDY_REBOOT : REMEDY_MAINTENANCE);
		assert_int_equal(ladder_machine(n, true), n <= 2   ? REMEDY_REBOOT
							  : n <= 4 ? REMEDY_ROLLBACK
								   : REMEDY_MAINTENANCE);
	}
}

static void k_of_n_probes(void **state)
{
	struct health h = {0};

	(void)state;
	assert_false(health_note(&h, false, 3, 5));
	assert_false(health_note(&h, false, 3, 5));
	for (int i = 0; i < 5; i++)
		assert_false(health_note(&h, true, 3, 5));
	assert_int_equal(h.failed, 0);
	assert_false(health_note(&h, false, 3, 5));
	assert_false(health_note(&h, true, 3, 5));
	assert_false(health_note(&h, false, 3, 5));
	assert_false(health_note(&h, true, 3, 5));
	assert_true(health_note(&h, false, 3, 5));
	h = (struct health){0};
	for (int i = 0; i < 31; i++)
		assert_false(health_note(&h, false, 32, 32));
	assert_true(health_note(&h, false, 32, 32));
	assert_int_equal(h.probes, 32);
}

/* Against strstr, over every way to cut a stream into two pieces, with texts that overlap
 * themselves. */
static void a_text_is_found_however_the_stream_is_cut(void **state)
{
	static const char *const texts[] = {"aab", "aabaaa", "listening", "aaaa", "b"};
	static const char *const streams[] = {"aaab", "xaabaabaaax", "is listening on",
		"listelistening", "aaa\naaaa", "nothing", "", "aabaabaaba"};

	(void)state;
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		for (size_t s = 0; s < sizeof(streams) / sizeof(streams[0]); s++) {
			size_t len = strlen(streams[s]);

			for (size_t cut = 0; cut <= len; cut++) {
				uint8_t at = 0;
				bool found = match_more(texts[t], &at, streams[s], cut) ||
					     match_more(texts[t], &at, streams[s] + cut, len - cut);

				assert_int_equal(found, strstr(streams[s], texts[t]) != NULL);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fallback_is_a_right_value),
		cmocka_unit_test(values_are_taken_or_refused),
		cmocka_unit_test(long_values_are_refused_whole),
		cmocka_unit_test(words_of_after_come_one_by_one),
		cmocka_unit_test(the_ladder_is_climbed_rung_by_rung),
		cmocka_unit_test(k_of_n_probes),
		cmocka_unit_test(a_text_is_found_however_the_stream_is_cut),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
