/* The record that decides whether the data partition is kept, made or wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../lib/data_record.h"

#define MARK "00112233445566778899aabbcc"

static uint8_t sector[DATA_RECORD];
static char mark[DATA_MARK];

static void what_was_written_is_read(void **state)
{
	(void)state;
	for (int s = 0; s < DATA_UNKNOWN; s++) {
		data_record_write((enum data_state)s, "", sector);
		assert_int_equal(data_record_read(sector, mark), s);
		assert_string_equal(mark, "");
		data_record_write((enum data_state)s, MARK, sector);
		assert_int_equal(data_record_read(sector, mark), s);
		assert_string_equal(mark, s == DATA_READY ? MARK : "");
	}
}

static void a_fresh_card_is_new(void **state)
{
	(void)state;
	memset(sector, 0, sizeof(sector));
	assert_int_equal(data_record_read(sector, mark), DATA_NEW);
}

static void no_mark_is_as_it_always_was(void **state)
{
	(void)state;
	memset(sector, 0, sizeof(sector));
	strcpy((char *)sector, "nanny-data 1 ready\n");
	assert_int_equal(data_record_read(sector, mark), DATA_READY);
	assert_string_equal(mark, "");
}

/* A bit that turns must never wipe a partition that is in use: no other state, no other mark. */
static void no_single_bit_makes_one_state_another(void **state)
{
	static const char *const marks[] = {"", MARK};

	(void)state;
	for (int s = DATA_NEW; s < 2 * DATA_UNKNOWN; s++) {
		data_record_write((enum data_state)(s / 2), marks[s % 2], sector);
		for (size_t bit = 0; bit < 8 * sizeof(sector); bit++) {
			sector[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(data_record_read(sector, mark), DATA_UNKNOWN);
			assert_string_equal(mark, "");
			sector[bit / 8] ^= 1 << bit % 8;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_fresh_card_is_new),
		cmocka_unit_test(no_mark_is_as_it_always_was),
		cmocka_unit_test(no_single_bit_makes_one_state_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
