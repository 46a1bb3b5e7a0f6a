#include "said.h"

#include <dirent.h>
#include <getopt.h>
#include <jansson.h>

#include "../../../assembler/verb.h"

struct run {
	struct desk *t;
	char *argv[8];
	int status;
};

static struct run *current;

static void run_check(const struct diag *unused)
{
	struct verb_env env = {.arena = current->t->a, .root = ".", .program = "nanny"};
	int argc = 0;

	(void)unused;
	while (current->argv[argc])
		argc++;
	optind = 0;
	current->status = verb_check(&env, argc, current->argv);
}

/* The exit status; what was printed to fd stays in t->said. */
static int check(struct desk *t, int fd, const char *option, const char *value, const char *file)
{
	struct run run = {.t = t, .argv = {arena_strdup(t->a, "check")}};
	int n = 1;

	if (option)
		run.argv[n++] = arena_strdup(t->a, option);
	if (value)
		run.argv[n++] = arena_strdup(t->a, value);
	if (file)
		run.argv[n++] = arena_strdup(t->a, file);
	current = &run;
	free(t->said);
	t->said = desk_caught(fd, run_check, NULL);
	return run.status;
}

static const char good[] =
	"services: [{name: s, image: \"oci:nowhere\"}]\ninit: [\"oci:nowhere\"]\n";

static void a_good_file_is_silent(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f.yml", good);

	assert_int_equal(check(t, STDERR_FILENO, NULL, NULL, path), 0);
	assert_string_equal(t->said, "");
}

static void a_bad_file_is_two(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f.yml", "service: []\n");

	assert_int_equal(check(t, STDERR_FILENO, NULL, NULL, path), 2);
	assert_non_null(strstr(t->said, "f.yml:1:1: unknown key 'service': did you mean"));
}

static void a_program_gets_an_array_in_either_case(void **state)
{
	static const struct {
		const char *text;
		size_t errors;
		int status;
	} rows[] = {{good, 0, 0}, {"a: 1\nb: 2\n", 2, 2}};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = desk_file(t, "f.yml", rows[i].text);
		json_t *all;

		assert_int_equal(check(t, STDOUT_FILENO, "--json", NULL, path), rows[i].status);
		all = json_loads(t->said, 0, NULL);
		assert_true(json_is_array(all));
		assert_int_equal(json_array_size(all), rows[i].errors);
		json_decref(all);
	}
}

static void a_wrong_command_line_is_two(void **state)
{
	struct desk *t = *state;

	assert_int_equal(check(t, STDERR_FILENO, NULL, NULL, NULL), 2);
	assert_non_null(strstr(t->said, "name a YAML file"));
	assert_int_equal(check(t, STDERR_FILENO, "--bogus", NULL, "x"), 2);
}

static void a_board_is_looked_at_when_it_is_named(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f.yml", good);

	assert_int_equal(check(t, STDERR_FILENO, "--board", "qemu-x86_64", path), 0);
	assert_int_equal(check(t, STDERR_FILENO, "--board", "toaster", path), 2);
	assert_non_null(strstr(t->said, "there is no board 'toaster'; there are: "));
	assert_non_null(strstr(t->said, ", qemu-arm64, "));
}

static void images_are_looked_for_when_asked(void **state)
{
	struct desk *t = *state;
	const char *path = desk_file(t, "f.yml", good);

	assert_int_equal(check(t, STDERR_FILENO, "--images", NULL, path), 2);
	assert_non_null(strstr(t->said, "f.yml:1:29: "));
	assert_non_null(strstr(t->said, "f.yml:2:8: "));
}

/* The shapes that LinuxKit files in public repositories have. */
static void every_shape_that_is_found_is_taken(void **state)
{
	static const char folder[] = "tests/fixtures/linuxkit/good";
	struct desk *t = *state;
	DIR *dir = opendir(folder);
	struct dirent *e;
	int n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		(void)check(t, STDERR_FILENO, NULL, NULL,
			arena_printf(t->a, "%s/%s", folder, e->d_name));
		assert_string_equal(t->said, "");
		n++;
	}
	(void)closedir(dir);
	assert_true(n > 5);
}

/* NAME.said is how the first message begins, after the file's name; the line is shown below it. */
static void every_mistake_that_is_found_is_refused(void **state)
{
	static const char folder[] = "tests/fixtures/linuxkit/bad";
	struct desk *t = *state;
	DIR *dir = opendir(folder);
	struct dirent *e;
	int n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		char *dot = strstr(e->d_name, ".yml"), want[256] = "";
		const char *yaml = arena_printf(t->a, "%s/%s", folder, e->d_name);
		FILE *f;

		if (!dot)
			continue;
		*dot = '\0';
		f = fopen(arena_printf(t->a, "%s/%s.said", folder, e->d_name), "re");
		assert_non_null(f);
		assert_non_null(fgets(want, sizeof(want), f));
		(void)fclose(f);
		want[strcspn(want, "\n")] = '\0';
		assert_int_equal(check(t, STDERR_FILENO, NULL, NULL, yaml), 2);
		if (strstr(t->said, want) != t->said + strlen(yaml) + 1)
			fail_msg("wanted: %s\nbut it said:\n%s", want, t->said);
		assert_non_null(strstr(t->said, "^\n"));
		n++;
	}
	(void)closedir(dir);
	assert_true(n > 8);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(a_good_file_is_silent),
		T(a_bad_file_is_two),
		T(a_program_gets_an_array_in_either_case),
		T(a_wrong_command_line_is_two),
		T(a_board_is_looked_at_when_it_is_named),
		T(images_are_looked_for_when_asked),
		T(every_shape_that_is_found_is_taken),
		T(every_mistake_that_is_found_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
