/* A command line that is wrong is told what would be right. */
#include "world.h"

#include "../../../assembler/nearest.h"

static void a_wrong_option_is_said_with_the_nearest(void **state)
{
	static const struct {
		verb_run *verb;
		const char *argv[3];
		const char *said;
	} rows[] = {
		{verb_build, {"build", "--formt"},
			"nanny build: there is no option '--formt': did you mean '--format'?\n"},
		{verb_build, {"build", "--formt=tar"}, "there is no option '--formt': did"},
		{verb_build, {"build", "--xyzzyx"},
			"there is no option '--xyzzyx'; `nanny --help` shows how"},
		{verb_build, {"build", "--output"}, "nanny build: --output wants a value;"},
		{verb_show, {"show", "--json=1"}, "nanny show: --json takes no value;"},
		{verb_show, {"show", "-x"}, "nanny show: there is no option '-x';"},
		{verb_run_image, {"run", "--bord", "x"}, "did you mean '--board'?"},
		{verb_check, {"check", "--jsno", "x"}, "did you mean '--json'?"},
		{verb_verify, {"verify", "--kee", "x"}, "did you mean '--key'?"},
	};
	struct world *w = world_open(*state);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[4] = {(char *)rows[i].argv[0], (char *)rows[i].argv[1],
			(char *)rows[i].argv[2], NULL};
		const char *said;

		assert_int_equal(world_verb(w, rows[i].verb, argv, &said), EXIT_BAD_INPUT);
		if (!strstr(said, rows[i].said))
			fail_msg("wanted: %s\nit said: %s", rows[i].said, said);
	}
}

static void the_nearest_word_is_what_was_meant(void **state)
{
	static const char *const words[] = {"CAP_SETGID", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
		"iso-bios", "iso-efi", "tar", NULL};

	(void)state;
	assert_string_equal(nearest_word("CAP_NET_BIND", words), "CAP_NET_BIND_SERVICE");
	assert_string_equal(nearest_word("cap_net_rwa", words), "CAP_NET_RAW");
	assert_string_equal(nearest_word("iso-eif", words), "iso-efi");
	assert_string_equal(nearest_word("tra", words), "tar");
	/* Two begin so, none is nearer than the other. */
	assert_null(nearest_word("iso", words));
	assert_null(nearest_word("", words));
	assert_null(nearest_word("x", (const char *const[]){"a", NULL}));
	assert_string_equal(
		nearest_word("healthcheck", (const char *const[]){"health", "hostname", NULL}),
		"health");
	assert_null(nearest_word("docker", words));
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_wrong_option_is_said_with_the_nearest),
		T(the_nearest_word_is_what_was_meant),
	};

	return cmocka_run_group_tests_name("verb", tests, NULL, NULL);
}
