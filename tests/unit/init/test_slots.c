/* Which slot is started: the record on the disk, and the decisions over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../../init/slots.h"

static void assert_same(const struct slot_record *a, const struct slot_record *b)
{
	assert_int_equal(a->boot, b->boot);
	assert_int_equal(a->trial, b->trial);
	assert_int_equal(a->left, b->left);
	assert_int_equal(a->good[0], b->good[0]);
	assert_int_equal(a->good[1], b->good[1]);
	assert_int_equal(a->bad, b->bad);
}

static void what_is_written_is_read(void **state)
{
	static const struct slot_record records[] = {{'a', '\0', 0, {true, false}, 0},
		{'b', 'a', 3, {false, true}, 0}, {'a', 'b', 9, {0}, 2}};
	uint8_t sector[SLOT_RECORD];
	struct slot_record r;

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		slot_record_write(&records[i], sector);
		assert_int_equal(slot_record_read(sector, &r), 0);
		assert_same(&r, &records[i]);
	}
}

static void any_bit_turned_is_found(void **state)
{
	const struct slot_record good = slot_record_new(true);
	uint8_t sector[SLOT_RECORD];
	struct slot_record r;

	(void)state;
	slot_record_write(&good, sector);
	for (size_t i = 0; i < sizeof(sector) * 8; i++) {
		sector[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(slot_record_read(sector, &r), -EBADMSG);
		sector[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void decisions(void **state)
{
	static const struct {
		struct slot_record before;
		char running;
		enum slot_event event;
		struct slot_record after;
	} rows[] = {
		/* An ordinary boot writes nothing. */
		{{'a', 0, 0, {1, 0}, 0}, 'a', SLOT_STARTED, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 0, 0, {1, 0}, 0}, 'a', SLOT_GOOD, {'a', 0, 0, {1, 0}, 0}},
		/* One that goes bad is left for a good one, and for no other. */
		{{'a', 0, 0, {1, 1}, 0}, 'a', SLOT_BAD, {'b', 0, 0, {0, 1}, 0}},
		{{'a', 0, 0, {1, 0}, 0}, 'a', SLOT_BAD, {'a', 0, 0, {1, 0}, 1}},
		{{'b', 0, 0, {0, 1}, 0}, 'b', SLOT_BAD, {'b', 0, 0, {0, 1}, 1}},
		/* A trial: only being well makes it the one. */
		{{'a', 'b', 0, {1, 0}, 0}, 'b', SLOT_STARTED, {'a', 'b', 0, {1, 0}, 0}},
		{{'a', 'b', 2, {1, 0}, 0}, 'b', SLOT_GOOD, {'b', 0, 0, {1, 1}, 0}},
		{{'a', 'b', 2, {1, 0}, 0}, 'b', SLOT_BAD, {'a', 0, 0, {1, 0}, 0}},
		/* Where nobody else counts, PID 1 does. */
		{{'a', 'b', 2, {1, 0}, 0}, 'b', SLOT_STARTED_UNCOUNTED, {'a', 'b', 1, {1, 0}, 0}},
		{{'a', 'b', 0, {1, 0}, 0}, 'b', SLOT_STARTED_UNCOUNTED, {'a', 'b', 0, {1, 0}, 0}},
		{{'a', 'b', 1, {1, 1}, 0}, 'a', SLOT_STARTED_UNCOUNTED, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 0, 0, {1, 0}, 0}, 'a', SLOT_STARTED_UNCOUNTED, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 0, 0, {1, 1}, 0}, 'b', SLOT_STARTED_UNCOUNTED, {'a', 0, 0, {1, 1}, 0}},
		/* One that is refused is left for another one that there is. */
		{{'a', 0, 0, {1, 0}, 2}, 'a', SLOT_REFUSED, {'b', 0, 0, {0, 0}, 0}},
		{{'a', 'b', 2, {1, 1}, 0}, 'b', SLOT_REFUSED, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 'b', 2, {1, 1}, 0}, 'a', SLOT_REFUSED, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 0, 0, {1, 1}, 0}, 'b', SLOT_REFUSED, {'a', 0, 0, {1, 1}, 0}},
		/* Asked for while this one was about to be good. */
		{{'a', 'b', 2, {0, 1}, 0}, 'a', SLOT_GOOD, {'a', 'b', 2, {1, 1}, 0}},
		{{'a', 'b', 2, {1, 1}, 0}, 'a', SLOT_BAD, {'a', 0, 0, {1, 0}, 0}},
		{{'a', 'b', 2, {1, 1}, 0}, 'a', SLOT_GIVEN_UP, {'a', 'b', 2, {1, 1}, 1}},
		{{'a', 0, 0, {1, 1}, 0}, 'b', SLOT_STARTED, {'a', 0, 0, {1, 1}, 0}},
		/* What the ladder ends counts, up to where it ends itself; being well makes it good
		   again. */
		{{'a', 0, 0, {1, 1}, 0}, 'a', SLOT_GIVEN_UP, {'a', 0, 0, {1, 1}, 1}},
		{{'a', 0, 0, {1, 1}, 2}, 'a', SLOT_GIVEN_UP, {'a', 0, 0, {1, 1}, 2}},
		{{'a', 0, 0, {1, 1}, 2}, 'a', SLOT_STARTED, {'a', 0, 0, {1, 1}, 2}},
		{{'a', 0, 0, {1, 1}, 2}, 'a', SLOT_GOOD, {'a', 0, 0, {1, 1}, 0}},
		{{'a', 0, 0, {1, 1}, 2}, 'a', SLOT_BAD, {'b', 0, 0, {0, 1}, 0}},
		{{'a', 0, 0, {1, 0}, 2}, 'a', SLOT_BAD, {'a', 0, 0, {1, 0}, 2}},
		{{'a', 'b', 1, {1, 0}, 0}, 'b', SLOT_GIVEN_UP, {'a', 'b', 1, {1, 0}, 0}},
		/* The old one is back: the trial is over. */
		{{'a', 'b', 0, {1, 1}, 0}, 'a', SLOT_STARTED, {'a', 0, 0, {1, 0}, 0}},
		/* The boot files of the one that was to start did not. */
		{{'a', 0, 0, {1, 1}, 0}, 'b', SLOT_BAD, {'a', 0, 0, {1, 1}, 0}},
		{{'a', 0, 0, {1, 0}, 0}, 'b', SLOT_GOOD, {'a', 0, 0, {1, 1}, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slot_record r = rows[i].before;
		bool changed = slots_decide(&r, rows[i].running, rows[i].event);

		assert_same(&r, &rows[i].after);
		assert_int_equal(changed, memcmp(&rows[i].before, &rows[i].after, sizeof(r)) != 0);
	}
}

static void a_trial(void **state)
{
	struct slot_record r = {'a', 0, 0, {1, 0}, 0};

	(void)state;
	assert_int_equal(slots_wish(&r).next, 'a');
	slots_try_other(&r, 'a', 2);
	assert_int_equal(slots_wish(&r).chosen, 'a');
	assert_int_equal(slots_wish(&r).next, 'b');
	for (int left = 1; left >= 0; left--) {
		assert_true(slots_decide(&r, 'b', SLOT_STARTED_UNCOUNTED));
		assert_int_equal(slots_wish(&r).next, left ? 'b' : 'a');
		assert_int_equal(slots_part(&r, 'b'), SLOT_ON_TRIAL);
	}
	/* Heard of at last. */
	assert_true(slots_decide(&r, 'b', SLOT_GOOD));
	assert_int_equal(slots_wish(&r).chosen, 'b');
	assert_int_equal(slots_wish(&r).next, 'b');
	slots_try_other(&r, 'b', 9);
	assert_true(slots_decide(&r, 'b', SLOT_STARTED_UNCOUNTED));
	assert_int_equal(slots_wish(&r).next, 'b');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(any_bit_turned_is_found),
		cmocka_unit_test(decisions),
		cmocka_unit_test(a_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
