/* The record that decides whether the data partition is kept, made or wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../lib/data_record.h"

static uint8_t sector[DATA_RECORD];

static void what_was_written_is_read(void **state)
{
	(void)state;
	for (int s = 0; s < DATA_UNKNOWN; s++) {
		data_record_write((enum data_state)s, sector);
		assert_int_equal(data_record_read(sector), s);
	}
}

static void a_fresh_card_is_new(void **state)
{
	(void)state;
	memset(sector, 0, sizeof(sector));
	assert_int_equal(data_record_read(sector), DATA_NEW);
}

/* A bit that turns must never wipe a partition that is in use. */
static void no_single_bit_makes_one_state_another(void **state)
{
	(void)state;
	for (int s = DATA_NEW; s < DATA_UNKNOWN; s++) {
		data_record_write((enum data_state)s, sector);
		for (size_t bit = 0; bit < 8 * sizeof(sector); bit++) {
			sector[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(data_record_read(sector), DATA_UNKNOWN);
			sector[bit / 8] ^= 1 << bit % 8;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_fresh_card_is_new),
		cmocka_unit_test(no_single_bit_makes_one_state_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
