#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../init/ring.h"

static char bytes[4096];
static struct ring r;
static struct ring_record rec;
static uint64_t lost;

static int setup(void **state)
{
	(void)state;
	memset(bytes, 0xee, sizeof(bytes));
	ring_init(&r, bytes, sizeof(bytes));
	return 0;
}

static void expect(struct ring_cursor *c, const char *text, bool partial)
{
	assert_true(ring_next(&r, c, &rec, &lost));
	assert_int_equal(rec.len, strlen(text));
	assert_memory_equal(rec.text, text, rec.len);
	assert_int_equal(rec.partial, partial);
}

static void text_comes_back_line_by_line(void **state)
{
	struct ring_cursor c = ring_oldest(&r);

	(void)state;
	ring_write(&r, 42, RING_ERR, "one\n\nthree\nfou", 14);
	ring_write(&r, 43, RING_ERR, "r\n", 2);
	expect(&c, "one", false);
	assert_int_equal(rec.time_ms, 42);
	assert_int_equal(rec.stream, RING_ERR);
	expect(&c, "", false);
	expect(&c, "three", false);
	expect(&c, "fou", true);
	expect(&c, "r", false);
	assert_int_equal(rec.time_ms, 43);
	assert_false(ring_next(&r, &c, &rec, &lost));
}

static void a_line_longer_than_a_record_comes_in_pieces(void **state)
{
	static char text[2 * RING_RECORD_MAX + 11];
	struct ring_cursor c = ring_oldest(&r);

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	ring_write(&r, 0, RING_OUT, text, sizeof(text));
	assert_true(ring_next(&r, &c, &rec, &lost));
	assert_true(rec.partial && rec.len == RING_RECORD_MAX);
	assert_true(ring_next(&r, &c, &rec, &lost));
	assert_true(rec.partial && rec.len == RING_RECORD_MAX);
	assert_true(ring_next(&r, &c, &rec, &lost));
	assert_true(!rec.partial && rec.len == 10);
}

/* Every line is either read or counted as lost, whatever the reader's pace. */
static void a_slow_reader_is_told_exactly_what_it_missed(void **state)
{
	struct ring_cursor c = ring_oldest(&r);
	uint64_t read = 0, missed = 0;
	char line[64];

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		int n = snprintf(line, sizeof(line), "line %llu\n", (unsigned long long)i);

		ring_write(&r, (int64_t)i, RING_OUT, line, (size_t)n);
		if (i % 300 != 299)
			continue;
		while (ring_next(&r, &c, &rec, &lost)) {
			missed += lost;
			assert_int_equal(rec.seq, read + missed);
			assert_int_equal(rec.time_ms, rec.seq);
			rec.text[rec.len] = '\0';
			snprintf(line, sizeof(line), "line %llu", (unsigned long long)rec.seq);
			assert_string_equal(rec.text, line);
			read++;
		}
	}
	while (ring_next(&r, &c, &rec, &lost)) {
		missed += lost;
		read++;
	}
	assert_int_equal(read + missed, 5000);
	assert_true(missed > 0 && read > 0);
}

/* taken = dropped + what a reader finds, whatever the pieces were. */
static void no_byte_is_lost_uncounted(void **state)
{
	static char text[9000];
	uint64_t written = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 97 == 0 || i % 1300 == 1299 ? '\n' : 'x';
	for (size_t n = 1; n < sizeof(text); n = n * 3 + 1) {
		struct ring_cursor c;
		uint64_t kept = 0;

		ring_write(&r, 0, RING_OUT, text, n);
		written += n;
		for (c = ring_oldest(&r); ring_next(&r, &c, &rec, &lost);)
			kept += rec.len + !rec.partial;
		assert_int_equal(r.taken, written);
		assert_int_equal(r.dropped + kept, written);
	}
	assert_true(r.dropped > 0);
}

static void the_last_lines_can_be_asked_for(void **state)
{
	struct ring_cursor c;

	(void)state;
	ring_write(&r, 0, RING_OUT, "a\nb\nc\nd\n", 8);
	c = ring_last(&r, 2);
	expect(&c, "c", false);
	expect(&c, "d", false);
	c = ring_last(&r, 100);
	expect(&c, "a", false);
	c = ring_last(&r, 0);
	assert_false(ring_next(&r, &c, &rec, &lost));
}

/* All lengths at all places: a record that wraps round the end must not be torn. */
static void records_survive_the_ring_s_end(void **state)
{
	char text[RING_RECORD_MAX];

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t n = 0; n < RING_RECORD_MAX; n++) {
			struct ring_cursor c;

			memset(text, (int)('a' + n % 26), sizeof(text));
			ring_line(&r, 7, RING_SYS, text, n);
			c = ring_last(&r, 1);
			assert_true(ring_next(&r, &c, &rec, &lost));
			assert_int_equal(rec.len, n);
			assert_memory_equal(rec.text, text, n);
		}
	}
}

static void memory_is_not_touched_before_the_first_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal((unsigned char)bytes[i], 0xee);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(memory_is_not_touched_before_the_first_record),
		T(text_comes_back_line_by_line),
		T(a_line_longer_than_a_record_comes_in_pieces),
		T(a_slow_reader_is_told_exactly_what_it_missed),
		T(no_byte_is_lost_uncounted),
		T(the_last_lines_can_be_asked_for),
		T(records_survive_the_ring_s_end),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
