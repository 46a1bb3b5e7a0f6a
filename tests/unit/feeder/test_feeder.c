/* The feeder's rules.  Links services/feeder/feeder.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../services/feeder/feeder.h"

#define NOW 1764000000

static void happen(struct feeder *f, enum record_kind kind, int grams, int64_t now)
{
	struct record rec = feeder_record(f, kind, grams, now);

	feeder_apply(f, &rec);
}

static void a_new_hopper_is_full_and_may_feed_at_once(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G);
	assert_int_equal(feeder_may_feed(&f, 200, NOW), FEEDER_OK);
	assert_int_equal(feeder_rest_left(&f, NOW), 0);
}

static void a_portion_leaves_the_hopper(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	happen(&f, RECORD_FEED, 200, NOW);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G - 200);
	assert_int_equal(f.last_feed, NOW);
}

static void a_portion_that_did_not_fall_is_still_there(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	happen(&f, RECORD_FEED, 200, NOW);
	happen(&f, RECORD_FAIL, 200, NOW);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G);
}

static void a_portion_has_bounds(void **state)
{
	static const struct {
		int grams;
		enum feeder_verdict verdict;
	} cases[] = {
		{-1, FEEDER_BAD_PORTION},
		{0, FEEDER_BAD_PORTION},
		{FEEDER_PORTION_MIN_G - 1, FEEDER_BAD_PORTION},
		{FEEDER_PORTION_MIN_G, FEEDER_OK},
		{FEEDER_PORTION_MAX_G, FEEDER_OK},
		{FEEDER_PORTION_MAX_G + 1, FEEDER_BAD_PORTION},
	};
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(feeder_may_feed(&f, cases[i].grams, NOW), cases[i].verdict);
}

static void the_goat_rests_between_portions(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	happen(&f, RECORD_FEED, 200, NOW);
	assert_int_equal(feeder_may_feed(&f, 200, NOW), FEEDER_TOO_SOON);
	assert_int_equal(feeder_may_feed(&f, 200, NOW + 59), FEEDER_TOO_SOON);
	assert_int_equal(feeder_rest_left(&f, NOW + 59), 1);
	assert_int_equal(feeder_may_feed(&f, 200, NOW + 60), FEEDER_OK);
}

static void a_refill_does_not_count_as_a_meal(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	happen(&f, RECORD_FEED, 200, NOW - 100);
	happen(&f, RECORD_REFILL, 200, NOW);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G);
	assert_int_equal(feeder_may_feed(&f, 200, NOW), FEEDER_OK);
}

static void a_clock_set_back_does_not_starve_the_goat(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 60);
	happen(&f, RECORD_FEED, 200, NOW);
	assert_int_equal(feeder_may_feed(&f, 200, NOW - 1000000), FEEDER_OK);
}

static void an_empty_hopper_refuses_and_never_goes_below_zero(void **state)
{
	struct feeder f;
	int64_t now = NOW;

	(void)state;
	feeder_init(&f, 60);
	for (int i = 0; i < FEEDER_CAPACITY_G / 300; i++, now += 60) {
		assert_int_equal(feeder_may_feed(&f, 300, now), FEEDER_OK);
		happen(&f, RECORD_FEED, 300, now);
	}
	assert_int_equal(feeder_may_feed(&f, 300, now), FEEDER_EMPTY);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G % 300);
	assert_int_equal(feeder_may_feed(&f, 100, now), FEEDER_OK);
}

static void the_newest_events_are_kept_newest_first(void **state)
{
	struct feeder f;

	(void)state;
	feeder_init(&f, 0);
	for (int i = 0; i < FEEDER_RECENT_N + 5; i++)
		happen(&f, RECORD_FEED, 50, NOW + i);
	assert_int_equal(f.n_recent, FEEDER_RECENT_N);
	for (int i = 0; i < FEEDER_RECENT_N; i++)
		assert_int_equal(f.recent[i].at, NOW + FEEDER_RECENT_N + 4 - i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_hopper_is_full_and_may_feed_at_once),
		cmocka_unit_test(a_portion_leaves_the_hopper),
		cmocka_unit_test(a_portion_that_did_not_fall_is_still_there),
		cmocka_unit_test(a_portion_has_bounds),
		cmocka_unit_test(the_goat_rests_between_portions),
		cmocka_unit_test(a_refill_does_not_count_as_a_meal),
		cmocka_unit_test(a_clock_set_back_does_not_starve_the_goat),
		cmocka_unit_test(an_empty_hopper_refuses_and_never_goes_below_zero),
		cmocka_unit_test(the_newest_events_are_kept_newest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
