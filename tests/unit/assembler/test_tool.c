#include "world.h"

#include "../../../assembler/tool.h"

static int run(struct desk *t, const char *script, const char *input, const char **ret_said)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	const struct tool tool = {.argv = argv, .date = 1700000000};
	struct caught c = caught_begin();
	int r = input ? tool_run_text(t->a, 1700000000, argv, input) : tool_run(t->a, &tool);

	*ret_said = caught_end(t, c);
	return r;
}

static void what_it_prints_is_dropped_when_all_is_well(void **state)
{
	const char *said;

	assert_int_equal(run(*state, "echo chatter; echo more >&2", NULL, &said), 0);
	assert_string_equal(said, "");
}

static void what_it_prints_is_shown_when_it_fails(void **state)
{
	const char *said;

	assert_int_equal(run(*state, "echo the reason >&2; exit 3", NULL, &said), -1);
	assert_non_null(strstr(said, "sh failed with status 3:\nthe reason"));
	assert_int_equal(run(*state, "kill -9 $$", NULL, &said), -1);
	assert_non_null(strstr(said, "killed by signal 9"));
}

static void the_surroundings_are_always_the_same(void **state)
{
	static const char script[] = "test $TZ = UTC && test $LC_ALL = C && "
				     "test $SOURCE_DATE_EPOCH = 1700000000 && test -z \"$(cat)\"";
	const char *said;

	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "5", 1), 0);
	assert_int_equal(setenv("LC_ALL", "de_DE", 1), 0);
	assert_int_equal(run(*state, script, NULL, &said), 0);
	(void)unsetenv("TZ");
	(void)unsetenv("SOURCE_DATE_EPOCH");
	(void)unsetenv("LC_ALL");
}

static void it_reads_what_it_is_fed(void **state)
{
	const char *said;

	assert_int_equal(run(*state, "test \"$(cat)\" = words", "words", &said), 0);
}

static void one_that_does_not_read_is_its_own_failure(void **state)
{
	struct desk *t = *state;
	char *much = arena_alloc(t->a, 1 << 20);
	const char *said;

	memset(much, 'x', (1 << 20) - 1);
	assert_int_equal(run(t, "echo no >&2; exit 4", much, &said), -1);
	assert_non_null(strstr(said, "status 4:\nno"));
}

static void one_that_is_not_installed_is_said(void **state)
{
	struct desk *t = *state;
	const char *argv[] = {"no-such-program", NULL};
	struct caught c = caught_begin();
	int r = tool_run_text(t->a, 0, argv, "");

	assert_non_null(strstr(caught_end(t, c), "cannot start no-such-program"));
	assert_int_equal(r, -1);
}

static void what_it_prints_can_be_kept_up_to_a_bound(void **state)
{
	struct desk *t = *state;
	const char *argv[] = {"sh", "-c", "echo words", NULL};
	struct tool tool = {.argv = argv, .out = open(desk_file(t, "out", ""), O_RDWR | O_CLOEXEC)};
	struct caught c;
	struct stat st;

	tool.out_max = 100;
	assert_int_equal(tool_run(t->a, &tool), 0);
	assert_string_equal(text_of(t, "out"), "words\n");
	argv[2] = "sleep 0.2; exec yes";
	c = caught_begin();
	assert_int_equal(tool_run(t->a, &tool), -1);
	assert_non_null(strstr(caught_end(t, c), "sh was killed by signal 25"));
	assert_int_equal(fstat(tool.out, &st), 0);
	assert_int_equal(st.st_size, 100);
	(void)close(tool.out);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_it_prints_is_dropped_when_all_is_well),
		T(what_it_prints_is_shown_when_it_fails),
		T(the_surroundings_are_always_the_same),
		T(it_reads_what_it_is_fed),
		T(one_that_does_not_read_is_its_own_failure),
		T(one_that_is_not_installed_is_said),
		T(what_it_prints_can_be_kept_up_to_a_bound),
	};

	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
