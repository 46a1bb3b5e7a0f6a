#include "world.h"

#include "../../../assembler/oci.h"
#include "../../../assembler/pins.h"
#include "../../../assembler/platform.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111111111111111111111111111"

static void the_file_stands_beside_the_yaml(void **state)
{
	struct desk *t = *state;

	assert_string_equal(pins_file(t->a, "goat.yml"), "goat.lock");
	assert_string_equal(pins_file(t->a, "a.b/goat.yaml"), "a.b/goat.lock");
	assert_string_equal(pins_file(t->a, "a.b/goat"), "a.b/goat.lock");
}

static void what_is_saved_is_read_again(void **state)
{
	struct desk *t = *state;
	struct pin pin[] = {{"b:1", "sha256:" ONES}, {"a@x", "sha256:" ZEROS},
		{"oci:my images", "sha256:" ONES}};
	const struct pins p = {desk_path(t, "x.lock"), pin, 3};
	const struct pins *back;

	assert_int_equal(pins_save(t->a, &p, "x.yml"), 0);
	assert_string_equal(strchr(text_of(t, "x.lock"), '\n'),
		"\na@x sha256:" ZEROS "\nb:1 sha256:" ONES "\noci:my images sha256:" ONES "\n");
	back = pins_load(t->a, t->d, p.file);
	assert_int_equal(back->n, 3);
	assert_string_equal(pins_get(back, "oci:my images"), "sha256:" ONES);
	assert_string_equal(pins_get(back, "b:1"), "sha256:" ONES);
	assert_null(pins_get(back, "b"));
	assert_null(pins_get(NULL, "b"));
	assert_int_equal(pins_load(t->a, t->d, desk_path(t, "none"))->n, 0);
}

static void bad_lines_are_shown(void **state)
{
	struct desk *t = *state;

	assert_null(pins_load(t->a, t->d,
		desk_file(t, "x.lock",
			"# x\n\na sha256:" ZEROS "\nb sha256:12\n  c\na sha256:" ONES
			"\nd sha256:" ONES " x\n")));
	assert_null(pins_load(t->a, t->d, desk_path(t, ".")));
	assert_said(t, "cannot read it: Is a directory");
	assert_said(t, "x.lock:4:3: \"sha256:12\" is no digest");
	assert_said(t, "x.lock:5:4: \"\" is no digest");
	assert_said(t, "x.lock:6:3: 'a' is pinned already");
	assert_said(t, "x.lock:7:3: \"sha256:" ONES " x\" is no digest");
}

static const char *choose(struct desk *t, const char *arch, const char *variants)
{
	json_t *index = json_object(), *list = json_array();
	char *copy = arena_strdup(t->a, variants), *save = NULL;
	const char *others, *chosen;

	for (char *v = strtok_r(copy, " ", &save); v; v = strtok_r(NULL, " ", &save))
		(void)json_array_append_new(
			list, json_pack("{s:s, s:{s:s, s:s, s:s}}", "digest", v, "platform", "os",
				      "linux", "architecture", arch, "variant",
				      strcmp(v, "-") == 0 ? "" : v));
	(void)json_object_set_new(index, "manifests", list);
	chosen = platform_choose(t->a, index, arch, &others);
	json_decref(index);
	return chosen ? chosen : "none";
}

static void of_several_variants_the_best_that_runs(void **state)
{
	struct desk *t = *state;

	assert_string_equal(choose(t, "arm", "v5 v6 v7 v8"), "v7");
	assert_string_equal(choose(t, "arm", "v5 v6"), "v6");
	assert_string_equal(choose(t, "arm", "v6 -"), "-");
	assert_string_equal(choose(t, "arm64", "v8 v9"), "v8");
	assert_string_equal(choose(t, "arm64", ""), "none");
}

static int verb(struct world *w, verb_run *run, const char *const args[], const char **ret_said)
{
	char *argv[8] = {(char *)"verb"};

	for (int i = 0; args[i]; i++)
		argv[i + 1] = (char *)args[i];
	return world_verb(w, run, argv, ret_said);
}

static void put(struct desk *t, const char *text)
{
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = "a", .arch = "amd64", .tree = tree};

	assert_int_equal(tree_put_file(tree, "f", 0644, text, strlen(text)), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
}

static void a_locked_build_takes_what_was_locked(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *yml = desk_file(t, "goat.yml",
		arena_printf(t->a,
			"onboot:\n  - name: a\n    image: nanny/web\nservices:\n  - name: x\n"
			"    image: oci:%s:a\n    command: [/f]\n",
			desk_path(t, "layout")));
	const char *build[] = {"--locked", "--output", desk_path(t, "out"), yml, NULL};
	const char *lock[] = {yml, NULL}, *said;

	put(t, "one");
	assert_int_equal(verb(w, verb_build, build, &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "goat.lock: --locked wants this file"));
	assert_int_equal(verb(w, verb_lock, lock, &said), 0);
	assert_null(strstr(text_of(t, "goat.lock"), "nanny/web"));
	assert_int_equal(verb(w, verb_build, build, &said), 0);
	put(t, "two");
	assert_int_equal(verb(w, verb_build, build, &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "goat.yml:6:12: image 'oci:"));
	assert_non_null(strstr(said, "but sha256:"));
	assert_int_equal(verb(w, verb_build, build + 1, &said), 0);
	assert_int_equal(verb(w, verb_lock, lock, &said), 0);
	assert_int_equal(verb(w, verb_build, build, &said), 0);
}

static void a_lock_is_not_written_when_an_image_is_missing(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *yml =
		desk_file(t, "goat.yml", "services:\n  - name: x\n    image: oci:/none:a\n");
	const char *lock[] = {yml, NULL}, *said;

	assert_int_equal(verb(w, verb_lock, lock, &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "goat.yml:3:12: image 'oci:/none:a' not found"));
	assert_int_not_equal(access(desk_path(t, "goat.lock"), F_OK), 0);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(the_file_stands_beside_the_yaml),
		IN_A_FOLDER(what_is_saved_is_read_again),
		IN_A_FOLDER(bad_lines_are_shown),
		IN_A_FOLDER(of_several_variants_the_best_that_runs),
		IN_A_FOLDER(a_locked_build_takes_what_was_locked),
		IN_A_FOLDER(a_lock_is_not_written_when_an_image_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
