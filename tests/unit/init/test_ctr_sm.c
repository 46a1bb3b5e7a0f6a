#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/ctr_sm.h"

/* The cells that may be reached, written down a second time by hand: state, then its events. */
static const struct {
	enum ctr_state state;
	uint32_t events;
} reachable[] = {
#define B(e)  (1u << CTR_EV_##e)
#define WANTS (B(WANT_DOWN) | B(WANT_UP))
#define LATE  (B(EXIT) | B(STEP_OK) | B(STEP_FAIL) | B(QUIET))
	{CTR_DOWN, LATE | WANTS},
	{CTR_WAIT, LATE | WANTS | B(CLEAR) | B(TIMEOUT)},
	{CTR_QUEUE, LATE | WANTS | B(SLOT)},
	{CTR_PREPARE, B(STEP_OK) | B(STEP_FAIL) | B(TIMEOUT) | WANTS},
	{CTR_CREATE, B(STEP_OK) | B(STEP_FAIL) | B(TIMEOUT) | B(EXIT) | WANTS},
	{CTR_WIRE, B(STEP_OK) | B(STEP_FAIL) | B(TIMEOUT) | B(EXIT) | WANTS},
	{CTR_START, B(STEP_OK) | B(STEP_FAIL) | B(TIMEOUT) | B(EXIT) | WANTS},
	{CTR_UNREADY, B(EXIT) | B(TIMEOUT) | B(READY) | WANTS},
	{CTR_UP, B(EXIT) | B(TIMEOUT) | B(SICK) | WANTS},
	{CTR_STOP, B(EXIT) | B(TIMEOUT) | WANTS},
	{CTR_SWEEP, LATE | B(TIMEOUT) | WANTS},
	{CTR_DELETE, LATE | B(TIMEOUT) | WANTS},
	{CTR_CLEAN, LATE | B(TIMEOUT) | WANTS},
	{CTR_ENDED, LATE | WANTS | B(AGAIN) | B(REST) | B(DONE) | B(GIVE_UP)},
	{CTR_BACKOFF, LATE | WANTS | B(TIMEOUT)},
	{CTR_DONE, LATE | WANTS},
	{CTR_FAILED, LATE | WANTS},
};

static void every_cell_is_filled_or_refused(void **state)
{
	int filled = 0, refused = 0;

	(void)state;
	assert_int_equal(sizeof(reachable) / sizeof(reachable[0]), CTR_STATE_N);
	for (int s = 0; s < CTR_STATE_N; s++) {
		assert_int_equal(reachable[s].state, s);
		for (int e = 0; e < CTR_EVENT_N; e++) {
			struct ctr_step step = ctr_next((enum ctr_state)s, (enum ctr_event)e);
			bool wanted = reachable[s].events >> e & 1;

			if (step.possible != wanted)
				fail_msg("state %s, event %s", ctr_state_name((enum ctr_state)s),
					ctr_event_name((enum ctr_event)e));
			filled += step.possible;
			refused += !step.possible;
		}
	}
	print_message("%d cells: %d filled, %d refused\n", filled + refused, filled, refused);
}

static void what_may_have_left_something_behind_is_swept_and_deleted(void **state)
{
	static const enum ctr_state rising[] = {CTR_PREPARE, CTR_CREATE, CTR_WIRE, CTR_START};
	static const enum ctr_event bad[] = {CTR_EV_STEP_FAIL, CTR_EV_TIMEOUT, CTR_EV_WANT_DOWN};

	(void)state;
	for (size_t s = 0; s < 4; s++) {
		for (size_t e = 0; e < 3; e++) {
			struct ctr_step step = ctr_next(rising[s], bad[e]);

			assert_int_equal(step.next, CTR_SWEEP);
			assert_int_equal(step.act, CTR_ACT_KILL);
		}
	}
	assert_int_equal(ctr_next(CTR_SWEEP, CTR_EV_QUIET).next, CTR_DELETE);
	assert_int_equal(ctr_next(CTR_SWEEP, CTR_EV_TIMEOUT).next, CTR_DELETE);
}

static void no_state_is_a_trap(void **state)
{
	bool leads_to_rest[CTR_STATE_N] = {0};
	bool more = true;

	(void)state;
	for (int s = 0; s < CTR_STATE_N; s++)
		leads_to_rest[s] = ctr_state_at_rest((enum ctr_state)s);
	while (more) {
		more = false;
		for (int s = 0; s < CTR_STATE_N; s++) {
			for (int e = 0; e < CTR_EVENT_N && !leads_to_rest[s]; e++) {
				struct ctr_step step =
					ctr_next((enum ctr_state)s, (enum ctr_event)e);

				if (step.possible && leads_to_rest[step.next])
					leads_to_rest[s] = more = true;
			}
		}
	}
	for (int s = 0; s < CTR_STATE_N; s++)
		assert_true(leads_to_rest[s]);
}

/* A wait that only an outside event could end must have a deadline's way out. */
static void every_wait_can_time_out(void **state)
{
	static const enum ctr_state waits[] = {CTR_PREPARE, CTR_CREATE, CTR_WIRE, CTR_START,
		CTR_WAIT, CTR_UNREADY, CTR_STOP, CTR_SWEEP, CTR_DELETE, CTR_CLEAN, CTR_BACKOFF};

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct ctr_step step = ctr_next(waits[i], CTR_EV_TIMEOUT);

		assert_true(step.possible);
		assert_int_not_equal(step.next, waits[i]);
	}
}

static void what_comes_after_an_end(void **state)
{
	static const struct {
		struct ctr_outcome o;
		enum ctr_event after;
	} cases[] = {
		{{.service = true, .want_up = true, .started = true}, CTR_EV_AGAIN},
		{{.service = true, .want_up = true, .started = true, .clean = true}, CTR_EV_AGAIN},
		{{.service = true, .want_up = true}, CTR_EV_AGAIN},
		{{.service = true, .want_up = false, .started = true}, CTR_EV_REST},
		{{.want_up = true, .started = true, .clean = true}, CTR_EV_DONE},
		{{.want_up = true, .started = true}, CTR_EV_GIVE_UP},
		{{.want_up = true}, CTR_EV_GIVE_UP},
		{{.want_up = true, .clean = true}, CTR_EV_GIVE_UP},
		{{.want_up = true, .restart = true, .started = true}, CTR_EV_AGAIN},
		{{.want_up = true, .retry = true, .started = true}, CTR_EV_AGAIN},
		{{.want_up = true, .retry = true}, CTR_EV_AGAIN},
		{{.want_up = true, .retry = true, .started = true, .clean = true}, CTR_EV_DONE},
		{{.want_up = false, .retry = true, .started = true}, CTR_EV_GIVE_UP},
		{{.service = true, .policy = RESTART_NEVER, .want_up = true, .started = true},
			CTR_EV_GIVE_UP},
		{{.service = true, .policy = RESTART_NEVER, .want_up = true, .restart = true},
			CTR_EV_AGAIN},
		{{.service = true, .policy = RESTART_NEVER, .want_up = false, .started = true},
			CTR_EV_REST},
		{{.service = true,
			 .policy = RESTART_NEVER,
			 .want_up = true,
			 .started = true,
			 .clean = true},
			CTR_EV_DONE},
		{{.service = true, .policy = RESTART_ON_FAILURE, .want_up = true, .started = true},
			CTR_EV_AGAIN},
		{{.service = true, .policy = RESTART_ON_FAILURE, .want_up = true}, CTR_EV_AGAIN},
		{{.service = true,
			 .policy = RESTART_ON_FAILURE,
			 .want_up = true,
			 .started = true,
			 .clean = true},
			CTR_EV_DONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ctr_after(&cases[i].o), cases[i].after);
}

static void the_delay_doubles_to_the_cap(void **state)
{
	static const uint32_t law[] = {
		100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000};
	struct backoff b = {100, 60000, 10000, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(law) / sizeof(law[0]); i++) {
		backoff_note(&b, 5);
		assert_int_equal(backoff_delay(&b, 0), law[i]);
	}
	b.in_a_row = UINT32_MAX;
	backoff_note(&b, 0);
	assert_int_equal(backoff_delay(&b, 0), 60000);
}

static void a_stable_time_starts_the_row_anew(void **state)
{
	struct backoff b = {100, 60000, 10000, 7};

	(void)state;
	backoff_note(&b, 9999);
	assert_int_equal(backoff_delay(&b, 0), 12800);
	backoff_note(&b, 10000);
	assert_int_equal(backoff_delay(&b, 0), 100);
}

static void jitter_only_shortens_by_up_to_a_quarter(void **state)
{
	struct backoff b = {1000, 60000, 10000, 1};
	uint32_t least = UINT32_MAX, most = 0;

	(void)state;
	for (uint32_t i = 0; i < 1024; i++) {
		uint32_t d = backoff_delay(&b, i);

		least = d < least ? d : least;
		most = d > most ? d : most;
	}
	assert_int_equal(most, 1000);
	assert_in_range(least, 750, 760);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_filled_or_refused),
		cmocka_unit_test(what_may_have_left_something_behind_is_swept_and_deleted),
		cmocka_unit_test(no_state_is_a_trap),
		cmocka_unit_test(every_wait_can_time_out),
		cmocka_unit_test(what_comes_after_an_end),
		cmocka_unit_test(the_delay_doubles_to_the_cap),
		cmocka_unit_test(a_stable_time_starts_the_row_anew),
		cmocka_unit_test(jitter_only_shortens_by_up_to_a_quarter),
	};

	return cmocka_run_group_tests_name("ctr_sm", tests, NULL, NULL);
}
