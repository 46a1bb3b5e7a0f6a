/* Builds in a world that is not as it should be: sources, places and caches that went bad. */
#include "world.h"

#include "../../../assembler/layer.h"


static int build_as(
	struct world *w, const char *yml, const char *option, const char *value, const char **ret_said)
{
	char *argv[] = {(char *)"build", (char *)"--output", (char *)desk_path(w->desk, "out"),
		(char *)desk_file(w->desk, "goat.yml", yml), (char *)option, (char *)value, NULL};

	return world_verb(w, verb_build, argv, ret_said);
}

static void assert_says(const char *said, const char *want)
{
	if (!strstr(said, want))
		fail_msg("\"%s\" is not in: %s", want, said);
}

/* The root as a tar, whose names, owners and modes archive_read tells. */
static struct tree *root_of(struct world *w, const char *yml)
{
	struct tree *t = tree_new();
	const char *said;

	if (build_as(w, yml, "--format", "tar", &said) != 0)
		fail_msg("%s", said);
	assert_int_equal(layer_apply(t, desk_path(w->desk, "out/goat.tar"), NULL, NULL), 0);
	return t;
}

static void what_is_left_out_leaves_the_rest_as_it_is(void **state)
{
	struct world *w = world_open(*state);
	struct tree *t = root_of(w, "init: [nanny/init]\n"
				    "files:\n"
				    "  - {path: init, source: /none, optional: true, uid: 7}\n"
				    "  - {path: on/the/way, source: /none, optional: true}\n");
	const struct tree_inode *init = tree_get(t, "init");

	assert_non_null(init);
	assert_int_equal(init->mode, S_IFREG | 0755);
	assert_int_equal(init->uid, 0);
	assert_null(tree_get(t, "on"));
	tree_free(t);
}

static void a_source_is_a_regular_file(void **state)
{
	struct world *w = world_open(*state);
	const char *said, *fifo = desk_path(w->desk, "fifo");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(
		build_as(w,
			arena_printf(w->desk->a,
				"files:\n  - {path: a, source: %s}\n"
				"  - {path: b, source: /dev/zero}\n  - {path: c, source: /dev}\n",
				fifo),
			NULL, NULL, &said),
		2);
	assert_says(said, "fifo': neither pipe nor device nor socket");
	assert_says(said, "'/dev/zero': neither pipe nor device nor socket");
	assert_says(said, "'/dev': Is a directory");
}

/* A shell's <(…) can be read once: it is the build that reads it. */
static void a_system_out_of_a_pipe_is_read_by_the_build_alone(void **state)
{
	struct world *w = world_open(*state);

	for (int i = 0; i < 2; i++) {
		static const char yml[] = "init: [nanny/init]\n";
		int ends[2];
		const char *said;
		char *argv[] = {(char *)"build", (char *)"--output",
			(char *)desk_path(w->desk, "out"), (char *)"--name", (char *)"goat",
			NULL, NULL};

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(dup2(ends[0], 100), 100);
		assert_int_equal(write(ends[1], yml, strlen(yml)), strlen(yml));
		assert_int_equal(close(ends[1]), 0);
		argv[5] = (char *)"/dev/fd/100";
		if (world_verb(w, verb_build, argv, &said) != 0)
			fail_msg("build %d: %s", i, said);
		assert_int_equal(close(ends[0]), 0);
		assert_int_equal(close(100), 0);
	}
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(what_is_left_out_leaves_the_rest_as_it_is),
		IN_A_FOLDER(a_source_is_a_regular_file),
		IN_A_FOLDER(a_system_out_of_a_pipe_is_read_by_the_build_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
