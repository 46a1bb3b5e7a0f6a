/* RAM over a reset: what a write that is cut short at any byte leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../init/kept.h"

enum {
	PIECES = KEPT_SIZE / KEPT_ALIGN
};

static char ram[KEPT_SIZE], before[KEPT_SIZE];
static struct kept_piece piece[PIECES];

static int setup(void **state)
{
	(void)state;
	memset(ram, 0xa5, sizeof(ram));
	return 0;
}

static size_t put_text(uint32_t seq, const char *text, size_t cut)
{
	char buf[KEPT_COPY];
	size_t at, n = kept_put_text(buf, seq, text, strlen(text), &at);

	memcpy(ram + at, buf, n < cut ? n : cut);
	return n;
}

static void assert_text(const char *text, uint32_t seq)
{
	uint32_t s = 0;
	size_t len = 0;
	const char *found = kept_text(ram, &s, &len);

	if (!text) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(found, text, len);
	assert_int_equal(s, seq);
}

static void ram_without_power_holds_nothing(void **state)
{
	(void)state;
	for (int v = 0; v < 256; v++) {
		memset(ram, v, sizeof(ram));
		assert_text(NULL, 0);
		assert_int_equal(kept_pieces(ram, 0, piece, PIECES), 0);
	}
	srand(1);
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0; k < sizeof(ram); k++)
			ram[k] = (char)rand();
		assert_text(NULL, 0);
		assert_int_equal(kept_pieces(ram, 0, piece, PIECES), 0);
	}
}

static void the_newer_copy_counts(void **state)
{
	(void)state;
	for (uint32_t seq = UINT32_MAX - 3; seq != 4; seq++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "this is %u", (unsigned)seq);
		(void)put_text(seq, text, SIZE_MAX);
		assert_text(text, seq);
	}
}

static void a_write_that_is_cut_short_leaves_the_one_before(void **state)
{
	const char *next = "the next state, which is longer than the first one";
	size_t n;

	(void)state;
	(void)put_text(7, "the first state", SIZE_MAX);
	(void)put_text(8, "the second state", SIZE_MAX);
	memcpy(before, ram, sizeof(ram));
	n = put_text(9, next, 0);
	for (size_t cut = 0; cut <= n; cut++) {
		memcpy(ram, before, sizeof(ram));
		(void)put_text(9, next, cut);
		if (cut < n)
			assert_text("the second state", 8);
		else
			assert_text(next, 9);
	}
}

static void every_bit_that_falls_over_is_seen(void **state)
{
	size_t n;

	(void)state;
	(void)put_text(1, "old", SIZE_MAX);
	n = put_text(2, "a state", SIZE_MAX);
	for (size_t bit = 0; bit < n * 8; bit++) {
		ram[bit / 8] ^= (char)(1 << bit % 8);
		assert_text("old", 1);
		ram[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_text("a state", 2);
}

static size_t ring_at;

static size_t put_piece(uint32_t boot, uint32_t seq, const char *text, size_t len, size_t cut)
{
	char buf[KEPT_HEAD + KEPT_PIECE_MAX];
	const struct kept_head h = {.seq = seq, .boot = boot, .time_ms = seq, .len = (uint32_t)len};
	size_t at, n = kept_put_piece(buf, h, text, &ring_at, &at);

	assert_true(at + n <= KEPT_SIZE && at >= KEPT_WORDS);
	memcpy(ram + at, buf, n < cut ? n : cut);
	return n;
}

/* Pieces of all lengths, round and round: at every moment the newest are there, none is torn. */
static void the_last_words_are_the_last(void **state)
{
	static char text[KEPT_PIECE_MAX];
	size_t n = 0;

	(void)state;
	ring_at = 0;
	for (uint32_t seq = 1; seq < 300; seq++) {
		size_t len = seq * 37 % (KEPT_PIECE_MAX - 1) + 1, all = 0;

		memset(text, 'a' + (int)(seq % 26), len);
		(void)put_piece(3, seq, text, len, SIZE_MAX);
		n = kept_pieces(ram, 3, piece, PIECES);
		assert_true(n > 0);
		assert_int_equal(piece[n - 1].seq, seq);
		assert_int_equal(piece[n - 1].len, len);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(piece[i].seq, seq - (n - 1 - i));
			for (size_t k = 0; k < piece[i].len; k++)
				assert_int_equal(piece[i].text[k], 'a' + (int)(piece[i].seq % 26));
			all += piece[i].len;
		}
		if (n < seq)
			assert_true(all > KEPT_SIZE / 2);
	}
	assert_true(n > 5);
	assert_int_equal(kept_pieces(ram, 4, piece, PIECES), 0);
}

static void a_piece_that_is_cut_short_is_not_there(void **state)
{
	size_t n, from;

	(void)state;
	ring_at = 0;
	for (uint32_t seq = 0; seq < 20; seq++)
		(void)put_piece(1, seq, before, 3500, SIZE_MAX);
	memcpy(before, ram, sizeof(ram));
	from = ring_at;
	n = put_piece(1, 20, "last words", 10, 0);
	for (size_t cut = 0; cut <= n; cut++) {
		size_t pieces;

		memcpy(ram, before, sizeof(ram));
		ring_at = from;
		(void)put_piece(1, 20, "last words", 10, cut);
		pieces = kept_pieces(ram, 1, piece, PIECES);
		assert_true(pieces > 5);
		assert_int_equal(piece[pieces - 1].seq, cut < n ? 19 : 20);
	}
}

/* What an earlier boot has left between them does not come in. */
static void each_boot_has_its_own_words(void **state)
{
	(void)state;
	ring_at = 0;
	for (uint32_t seq = 0; seq < 40; seq++)
		(void)put_piece(1, seq, "old", 3, SIZE_MAX);
	ring_at = 0;
	(void)put_piece(2, 0, "new", 3, SIZE_MAX);
	assert_int_equal(kept_pieces(ram, 2, piece, PIECES), 1);
	assert_memory_equal(piece[0].text, "new", 3);
	assert_int_equal(kept_pieces(ram, 1, piece, PIECES), 39);
	assert_int_equal(kept_pieces(ram, 1, piece, 2), 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(ram_without_power_holds_nothing),
		T(the_newer_copy_counts),
		T(a_write_that_is_cut_short_leaves_the_one_before),
		T(every_bit_that_falls_over_is_seen),
		T(the_last_words_are_the_last),
		T(a_piece_that_is_cut_short_is_not_there),
		T(each_boot_has_its_own_words),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
