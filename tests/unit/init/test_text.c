#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "../../../lib/text.h"
#include "../../../lib/verb.h"

static void text_that_does_not_fit_is_cut_and_ends_well(void **state)
{
	char buf[8];
	struct text t = text_in(buf, sizeof(buf));

	(void)state;
	text_add(&t, "abc");
	assert_false(t.cut);
	text_addf(&t, "%d", 123456);
	assert_true(t.cut);
	assert_string_equal(buf, "abc1234");
	text_add(&t, "more");
	assert_string_equal(buf, "abc1234");
	assert_int_equal(t.len, 7);
}

static void only_what_shows_itself_is_for_a_terminal(void **state)
{
	static const struct {
		const char *in;
		size_t n, len;
		bool shown;
	} cases[] = {
		{"a", 1, 1, true},
		{"\t", 1, 1, true},
		{"\n", 1, 1, false},
		{"\033[2J", 4, 1, false},
		{"\0", 1, 1, false},
		{"\x7f", 1, 1, false},
		{"\xc2\x9b", 2, 2, false}, /* U+009B, which begins a sequence as ESC [ does */
		{"\xc2\xa0", 2, 2, true},
		{"\xc3\xbc", 2, 2, true},
		{"\xf0\x9f\x90\x90", 4, 4, true},
		{"\xc3", 1, 1, false},
		{"\x9b", 1, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool shown = !cases[i].shown;

		assert_int_equal(text_character(cases[i].in, cases[i].n, &shown), cases[i].len);
		assert_int_equal(shown, cases[i].shown);
	}
}

static void json_strings_are_valid_whatever_the_bytes(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} cases[] = {
		{"plain", 5, "\"plain\""},
		{"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
		{"\x00\x1f\n\t\x7f", 5, "\"\\u0000\\u001f\\n\\t\\u007f\""},
		{"gr\xc3\xbc\xc3\x9f", 6, "\"gr\xc3\xbc\xc3\x9f\""},
		{"\xf0\x9f\x90\x90", 4, "\"\xf0\x9f\x90\x90\""},
		{"\xc3", 1, "\"\\ufffd\""},                       /* cut off */
		{"\xc3\xbc", 1, "\"\\ufffd\""},                   /* cut off by the length */
		{"\xe0\x9f\xbf", 3, "\"\\ufffd\\ufffd\\ufffd\""}, /* overlong */
		{"\xc0\xaf", 2, "\"\\ufffd\\ufffd\""},            /* overlong */
		{"\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
		{"\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* beyond U+10FFFF */
		{"\xff"
		 "a",
			2, "\"\\ufffda\""},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = text_in(buf, sizeof(buf));

		text_add_json(&t, cases[i].in, cases[i].n);
		assert_string_equal(buf, cases[i].out);
	}
}

static void numbers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = {
		"", "-", "1x", " 1", "1 ", "+1", "0x1", "1.0", "99999999999999999999", "11", "-1"};
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_number(bad[i], 0, 10, &v));
	assert_int_equal(v, 77);
	assert_true(text_number("10", 0, 10, &v));
	assert_int_equal(v, 10);
	assert_true(text_number("-5", -10, 0, &v));
	assert_int_equal(v, -5);
}

static void a_duration_is_in_its_largest_unit(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {{0, "0 ms"}, {999, "999 ms"}, {1000, "1 s"}, {59999, "59 s"}, {60000, "1 min"},
		{3600000, "1 h"}, {86399999, "23 h"}, {10 * 86400000LL, "10 d"}};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_duration(cases[i].ms, buf, sizeof(buf)), cases[i].text);
}

static void an_exact_duration_loses_nothing(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {{0, "0 ms"}, {1000, "1 s"}, {1500, "1500 ms"}, {90000, "90 s"},
		{120000, "2 min"}, {7200000, "2 h"}};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_exact(cases[i].ms, buf, sizeof(buf)), cases[i].text);
}

static void verbs_are_found_by_name(void **state)
{
	(void)state;
	for (int v = 0; v < VERB_N; v++)
		assert_int_equal(verb_find(verb_rows[v].name), v);
	assert_int_equal(verb_find("stat"), VERB_N);
	assert_int_equal(verb_find(""), VERB_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_ends_well),
		cmocka_unit_test(only_what_shows_itself_is_for_a_terminal),
		cmocka_unit_test(json_strings_are_valid_whatever_the_bytes),
		cmocka_unit_test(numbers_are_whole_and_in_range),
		cmocka_unit_test(a_duration_is_in_its_largest_unit),
		cmocka_unit_test(an_exact_duration_loses_nothing),
		cmocka_unit_test(verbs_are_found_by_name),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
