#include "../../../init/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct turns t;

static int fresh(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return 0;
}

static void no_turn_has_no_length(void **state)
{
	(void)state;
	assert_int_equal(turns_p999(&t), 0);
	assert_int_equal(t.max_us, 0);
}

/* Whatever the length, what is told is not less and at most an eighth more. */
static void a_class_is_an_eighth_wide_at_most(void **state)
{
	(void)state;
	for (int64_t us = 0; us < 8000000; us += us / 50 + 1) {
		memset(&t, 0, sizeof(t));
		turns_note(&t, us);
		turns_note(&t, 8000000); /* the longest, and one turn more is needed to hide it */
		for (int i = 0; i < 1000; i++)
			turns_note(&t, us);
		assert_in_range(turns_p999(&t), us, us + us / 8);
		assert_int_equal(t.max_us, 8000000);
	}
}

static void one_in_a_thousand_may_be_longer(void **state)
{
	(void)state;
	for (int i = 0; i < 998; i++)
		turns_note(&t, 5);
	turns_note(&t, 50000);
	assert_int_equal(turns_p999(&t), 50000); /* 1 of 999 is more than one in a thousand */
	turns_note(&t, 5);
	assert_int_equal(turns_p999(&t), 5);
	turns_note(&t, 50000);
	assert_in_range(turns_p999(&t), 50000, 50000);
	assert_int_equal(t.n, 1001);
}

static void absurd_lengths_are_kept_within_bounds(void **state)
{
	(void)state;
	turns_note(&t, -1);
	assert_int_equal(t.max_us, 0);
	turns_note(&t, INT64_MAX);
	assert_int_equal(t.max_us, UINT32_MAX);
	assert_int_equal(turns_p999(&t), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_turn_has_no_length, fresh),
		cmocka_unit_test_setup(a_class_is_an_eighth_wide_at_most, fresh),
		cmocka_unit_test_setup(one_in_a_thousand_may_be_longer, fresh),
		cmocka_unit_test_setup(absurd_lengths_are_kept_within_bounds, fresh),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
