#include <time.h>

#include "said.h"

#include "../../../assembler/yaml.h"

static const struct ynode *parse(struct desk *t, const char *text)
{
	return yaml_load(t->a, t->d, desk_file(t, "f.yml", text));
}

static void nodes_know_where_they_stand(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = parse(t, "# c\na:\n  - \xc3\xa9: \"q\"\n    b: 'r'\n"), *map;

	assert_silent(t);
	assert_int_equal(n->key_at[0].line, 2);
	map = ynode_get(n, "a")->item[0];
	assert_int_equal(map->at.line, 3);
	assert_int_equal(map->at.col, 5);
	assert_int_equal(map->item[0]->at.col, 8);
	assert_int_equal(map->item[1]->at.line, 4);
	assert_int_equal(map->item[1]->at.col, 8);
	assert_int_equal(ynode_key_at(map, "b").col, 5);
}

static void json_is_read_too(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = parse(t, "{\"a\": [1, \"x\\u0026y\", true], \"b\": {}}\n");

	assert_silent(t);
	assert_int_equal(ynode_get(n, "a")->n, 3);
	assert_string_equal(ynode_get(n, "a")->item[1]->text, "x&y");
	assert_int_equal(ynode_get(n, "b")->kind, YNODE_MAP);
}

static void scalars_are_what_yaml_1_2_says(void **state)
{
	static const struct {
		const char *text;
		enum yscalar kind;
	} rows[] = {{"x", YSCALAR_STRING}, {"12", YSCALAR_INT}, {"-0x1F", YSCALAR_INT},
		{"0755", YSCALAR_INT}, {"0o17", YSCALAR_INT}, {"1_000", YSCALAR_INT},
		{"089", YSCALAR_FLOAT}, {"1.5", YSCALAR_FLOAT}, {"1e3", YSCALAR_FLOAT},
		{".5", YSCALAR_FLOAT}, {"1.2.3", YSCALAR_STRING}, {"1e", YSCALAR_STRING},
		{".", YSCALAR_STRING}, {"true", YSCALAR_BOOL}, {"False", YSCALAR_BOOL},
		{"yes", YSCALAR_STRING}, {"null", YSCALAR_NULL}, {"~", YSCALAR_NULL},
		{"\"1\"", YSCALAR_STRING}, {"'true'", YSCALAR_STRING}, {"!!str 1", YSCALAR_STRING},
		{"0x", YSCALAR_STRING}, {"/dev", YSCALAR_STRING}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct desk *t = *state;
		const struct ynode *n;

		n = parse(t, arena_printf(t->a, "k: %s\n", rows[i].text));
		assert_non_null(n);
		if (ynode_scalar(n->item[0]) != rows[i].kind)
			fail_msg("%s is %d", rows[i].text, ynode_scalar(n->item[0]));
	}
}

static void numbers_have_their_value(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = {{"0", 0}, {"-12", -12}, {"0755", 0755}, {"0x1f", 31}, {"0o17", 15},
		{"9223372036854775807", INT64_MAX}};
	struct desk *t = *state;
	const struct ynode *n;
	int64_t value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = parse(t, arena_printf(t->a, "k: %s\n", rows[i].text));
		assert_true(ynode_int(n->item[0], &value));
		assert_int_equal(value, rows[i].value);
	}
	n = parse(t, "k: 9223372036854775808\n");
	assert_false(ynode_int(n->item[0], &value));
}

static void an_alias_stands_for_its_anchor(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = parse(t, "a: &x {k: 1}\nb: *x\n");

	assert_silent(t);
	assert_string_equal(ynode_str(ynode_get(n, "b"), "k", ""), "1");
}

static void a_merge_key_gives_what_the_map_has_not(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = parse(t, "a: &x {k: 1, l: 2}\nb: {l: 3, <<: *x}\n");
	const struct ynode *b = ynode_get(n, "b");

	assert_silent(t);
	assert_int_equal(b->n, 2);
	assert_string_equal(ynode_str(b, "k", ""), "1");
	assert_string_equal(ynode_str(b, "l", ""), "3");
}

static void what_is_no_yaml_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"a: [1\nb: 2\n c: }\n", "f.yml:3:3: "},
		{"a:\n\tb: 1\n", "f.yml:2:1: tab"},
		{"a: \"x\n", "f.yml:1:5: "},
		{"a: 1\nb: 2\na: 3\n",
			"f.yml:3:1: the key 'a' stands here for the second time; the "
			"first is in line 1"},
		{"a: 1\n---\nb: 1\n", "f.yml:2:1: a second document"},
		{"", "f.yml: the file is empty"},
		{"# nothing\n", "f.yml: the file is empty"},
		{"a: *b\n", "f.yml:1:5: there is no anchor '&b'"},
		{"a: &a [*a]\n", "f.yml:1:9: the alias '*a' stands inside of its own anchor"},
		{"? [a]\n: b\n", "f.yml:1:3: a key must be a word, not a list"},
		{"a: !x b\n", "the tag '!x' means nothing here"},
		{"<<: 5\n", "'<<' takes a map"},
		{"a: \"\\0\"\n", "f.yml:1:4: the escapes make"},
		{"a: \xff\n", "f.yml:1:4: the byte 0xff is no UTF-8"},
		{"a: \xed\xa0\x80\n", "f.yml:1:4: the byte 0xed is no UTF-8"},
		{"a: \xc0\x80\n", "f.yml:1:4: the byte 0xc0 is no UTF-8"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct desk *t = *state;

		desk_again(t);
		assert_null(parse(t, rows[i].text));
		assert_said(t, rows[i].said);
	}
}

static void two_duplicates_are_two_errors(void **state)
{
	struct desk *t = *state;

	assert_null(parse(t, "a: 1\nb: {c: 1, c: 2}\na: 1\n"));
	assert_said(t, "f.yml:2:11: the key 'c'");
	assert_said(t, "f.yml:3:1: the key 'a'");
	assert_said(t, "2 errors\n");
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = "a: b\0c\n";
	struct desk *t = *state;

	assert_null(yaml_load(t->a, t->d, desk_file_n(t, "f.yml", text, sizeof(text) - 1)));
	assert_said(t, "f.yml:1:5: a NUL byte");
}

static void a_byte_order_mark_is_skipped(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = parse(t, "\xef\xbb\xbf"
					 "a: 1\n");

	assert_silent(t);
	assert_non_null(ynode_get(n, "a"));
	assert_int_equal(n->key_at[0].col, 1);
}

static void deep_nesting_is_refused(void **state)
{
	struct desk *t = *state;
	char *text = arena_alloc(t->a, 200001);

	memset(text, '[', 200000);
	assert_null(parse(t, text));
	assert_said(t, "nested more than 64 deep");
}

static void deep_aliases_are_refused(void **state)
{
	struct desk *t = *state;
	char *text = arena_strdup(t->a, "a0: &a0 [x]\n");

	for (int i = 1; i < 70; i++)
		text = arena_printf(t->a, "%sa%d: &a%d [*a%d]\n", text, i, i, i - 1);
	assert_null(parse(t, text));
	assert_said(t, "nested more than 64 deep");
}

static void a_billion_laughs_are_refused(void **state)
{
	struct desk *t = *state;
	char *text = arena_strdup(t->a, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");

	for (int i = 1; i < 10; i++)
		text = arena_printf(t->a, "%sa%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", text, i,
			i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	assert_null(parse(t, text));
	assert_said(t, "with its aliases written out");
}

/* The processor's time for a map of n keys that another merges, and n anchors with their aliases.
 */
static clock_t time_for(size_t n)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	clock_t from;

	(void)fputs("a: &a\n", f);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(f, "  key%zu: &anchor%zu x\n", i, i);
	(void)fputs("b:\n  <<: *a\nc:\n", f);
	for (size_t i = 0; i < n; i++)
		(void)fputs("  - *anchor0\n", f);
	assert_int_equal(fclose(f), 0);
	from = clock();
	assert_non_null(yaml_parse(a, d, "x.yml", text, len));
	from = clock() - from;
	free(text);
	diag_free(d);
	arena_free(a);
	return from;
}

static void large_maps_and_many_anchors_take_their_length(void **state)
{
	const clock_t small = time_for(3000);

	(void)state;
	/* Ten times as much; when each looks through all, a hundred times. */
	assert_true(time_for(30000) < 40 * small);
}

static void what_cannot_be_read_is_said(void **state)
{
	struct desk *t = *state;

	assert_null(yaml_load(t->a, t->d, desk_path(t, "none.yml")));
	assert_null(yaml_load(t->a, t->d, t->dir));
	assert_said(t, "none.yml: cannot be read: No such file");
	assert_said(t, " cannot be read: Is a directory");
}

static void the_same_bad_file_is_bad_each_time(void **state)
{
	struct desk *t = *state;

	assert_null(parse(t, "a: 1\na: 2\n"));
	assert_null(parse(t, "a: 1\na: 2\n"));
}

/* A short fixed walk; what matters is that nothing breaks under the sanitizers. */
static void garbage_never_crashes(void **state)
{
	static const char letters[] = "{}[]:,-?&*!|>'\"%@`#\n\t  ab<";
	struct desk *t = *state;
	uint32_t seed = 1;
	char text[60];

	for (int i = 0; i < 20000; i++) {
		struct arena *a = arena_new();
		struct diag *d = diag_new();
		size_t len;

		seed = seed * 1103515245 + 12345;
		len = (seed >> 16) % sizeof(text);
		for (size_t k = 0; k < len; k++) {
			seed = seed * 1103515245 + 12345;
			text[k] = letters[(seed >> 16) % (sizeof(letters) - 1)];
		}
		if (!yaml_parse(a, d, "x", text, len))
			assert_true(diag_count(d) > 0);
		diag_free(d);
		arena_free(a);
	}
	assert_silent(t);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(nodes_know_where_they_stand),
		T(json_is_read_too),
		T(scalars_are_what_yaml_1_2_says),
		T(numbers_have_their_value),
		T(an_alias_stands_for_its_anchor),
		T(a_merge_key_gives_what_the_map_has_not),
		T(what_is_no_yaml_is_said_with_its_place),
		T(two_duplicates_are_two_errors),
		T(a_nul_byte_is_refused),
		T(a_byte_order_mark_is_skipped),
		T(deep_nesting_is_refused),
		T(deep_aliases_are_refused),
		T(a_billion_laughs_are_refused),
		T(large_maps_and_many_anchors_take_their_length),
		T(what_cannot_be_read_is_said),
		T(the_same_bad_file_is_bad_each_time),
		T(garbage_never_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
