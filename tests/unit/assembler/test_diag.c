#include "said.h"

#include <jansson.h>

static void errors_are_sorted_by_file_line_and_column(void **state)
{
	struct desk *t = *state;

	diag_error(t->d, (struct mark){"b", 1, 1}, "five");
	diag_error(t->d, (struct mark){"a", 10, 1}, "four");
	diag_error(t->d, (struct mark){"a", 9, 2}, "three");
	diag_error(t->d, (struct mark){"a", 9, 1}, "two");
	diag_error(t->d, (struct mark){"a", 0, 0}, "one");
	assert_string_equal(desk_said(t), "a: one\na:9:1: two\na:9:2: three\na:10:1: four\n"
					  "b:1:1: five\n5 errors\n");
}

static void the_caret_stands_under_the_column(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f", "first\nsec\xc3\xb6nd: x\n\ttab\n");

	diag_error(t->d, (struct mark){path, 2, 9}, "here");
	diag_error(t->d, (struct mark){path, 3, 2}, "there");
	assert_string_equal(desk_said(t), "f:2:9: here\n    sec\xc3\xb6nd: x\n            ^\n"
					  "f:3:2: there\n    \ttab\n    \t^\n2 errors\n");
}

static void a_line_that_is_not_there_shows_nothing(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f", "one\n");

	diag_error(t->d, (struct mark){path, 7, 1}, "late");
	diag_error(t->d, (struct mark){"the label of an image", 1, 1}, "no file");
	assert_string_equal(
		desk_said(t), "f:7:1: late\nthe label of an image:1:1: no file\n2 errors\n");
}

static void control_characters_never_reach_the_terminal(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f", "a\033[31mb\n");

	diag_error(t->d, (struct mark){path, 1, 1}, "bad '%s'", "x\033]0;\ny\177");
	assert_string_equal(desk_said(t), "f:1:1: bad 'x?]0;?y?'\n    a?[31mb\n    ^\n1 error\n");
}

static void the_same_mistake_is_shown_once_and_counted_twice(void **state)
{
	struct desk *t = *state;

	diag_error(t->d, (struct mark){"a", 1, 1}, "no");
	diag_error(t->d, (struct mark){"a", 1, 1}, "no");
	assert_int_equal(diag_count(t->d), 2);
	assert_string_equal(desk_said(t), "a:1:1: no\n1 error\n");
}

static void a_mark_may_die_before_the_message(void **state)
{
	struct desk *t = *state;
	char name[] = "name";

	diag_error(t->d, (struct mark){name, 1, 1}, "x");
	name[0] = '!';
	assert_said(t, "name:1:1: x\n");
}

static void a_flood_is_counted_but_not_printed(void **state)
{
	struct desk *t = *state;
	size_t lines = 0;

	for (int i = 1; i <= 5000; i++)
		diag_error(t->d, (struct mark){"a", i, 1}, "no");
	for (const char *p = desk_said(t); (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 1001);
	assert_said(t, "5000 errors\n");
}

static void a_program_can_read_the_errors(void **state)
{
	struct desk *t = *state;
	char *text;
	json_t *all, *one;

	diag_error(t->d, (struct mark){"a\"b", 3, 4}, "no \"%s\"", "\xff");
	text = desk_caught(STDOUT_FILENO, diag_print_json, t->d);
	all = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(all), 1);
	one = json_array_get(all, 0);
	assert_string_equal(json_string_value(json_object_get(one, "file")), "a\"b");
	assert_int_equal(json_integer_value(json_object_get(one, "line")), 3);
	assert_int_equal(json_integer_value(json_object_get(one, "column")), 4);
	assert_non_null(json_string_value(json_object_get(one, "message")));
	json_decref(all);
	free(text);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(errors_are_sorted_by_file_line_and_column),
		T(the_caret_stands_under_the_column),
		T(a_line_that_is_not_there_shows_nothing),
		T(control_characters_never_reach_the_terminal),
		T(the_same_mistake_is_shown_once_and_counted_twice),
		T(a_mark_may_die_before_the_message),
		T(a_flood_is_counted_but_not_printed),
		T(a_program_can_read_the_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
