#include "world.h"

#include "../../../assembler/layer.h"
#include "../../../assembler/oci.h"

#define LAYOUT "root/build/oci/x86_64"

static int pack(struct world *w, const char *dir, const char **ret_said)
{
	char *argv[] = {(char *)"pkg", (char *)desk_path(w->desk, dir), NULL};

	return world_verb(w, verb_pkg, argv, ret_said);
}

static struct oci_image image_of(struct desk *t, const char *name)
{
	struct oci_image image;

	assert_int_equal(oci_find(t->a, desk_path(t, LAYOUT), name, "amd64", &image), OCI_FOUND);
	return image;
}

static void an_image_holds_what_build_yml_says(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree = tree_new();
	struct oci_image image;
	const char *said;

	if (pack(w, "root/services/web", &said) != 0)
		fail_msg("%s", said);
	image = image_of(t, "nanny/web");
	assert_int_equal(image.n_layers, 1);
	assert_int_equal(layer_apply(tree, image.layer[0].file, image.layer[0].digest, NULL), 0);
	assert_string_equal(dump(t, tree), "bin 0755 0:0 dir\n"
					   "bin/ash 0777 0:0 -> sh\n"
					   "bin/sh 0644 0:0 file the shell\n"
					   "srv 0755 0:0 dir\n"
					   "srv/page 0600 0:0 file a page\n\n"
					   "var 0755 0:0 dir\n"
					   "var/empty 0755 0:0 dir\n");
	assert_non_null(strstr(image.config, "{\\\"command\\\":[\\\"/bin/sh\\\"],\\\"readonly\\\":"
					     "true,\\\"oomScoreAdj\\\":7}"));
	assert_null(strstr(image.config, "\"Cmd\""));
	tree_free(tree);
}

static void files_of_a_package_become_one(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree = tree_new();
	struct oci_image image;
	const char *said;

	(void)desk_file(t, "deb/certs/usr/share/ca/b.crt", "second\n");
	(void)desk_file(t, "deb/certs/usr/share/ca/a.crt", "first\n");
	(void)desk_file(t, "root/packages.lock",
		arena_printf(t->a, "# date 2026-11-24\n%s", world_deb(t, "certs")));
	(void)desk_file(t, "root/services/certs/build.yml",
		"image: certs\npackages:\n  - name: certs\n    files:\n"
		"      - from: usr/share/ca/*.crt\n        to: etc/all.crt\n        join: true\n");
	if (pack(w, "root/services/certs", &said) != 0)
		fail_msg("%s", said);
	image = image_of(t, "nanny/certs");
	assert_int_equal(layer_apply(tree, image.layer[0].file, image.layer[0].digest, NULL), 0);
	assert_string_equal(dump(t, tree), "etc 0755 0:0 dir\n"
					   "etc/all.crt 0644 0:0 file first\nsecond\n\n");
	tree_free(tree);
}

static void unchanged_inputs_do_nothing(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *said, *index = desk_path(t, LAYOUT "/index.json");
	struct stat before, after;

	assert_int_equal(pack(w, "root/services/web", &said), 0);
	assert_int_equal(stat(index, &before), 0);
	assert_int_equal(pack(w, "root/services/web", &said), 0);
	assert_int_equal(stat(index, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void each_kind_of_input_makes_a_new_image(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *said, *web, *init;

	assert_int_equal(pack(w, "root/services/web", &said), 0);
	assert_int_equal(pack(w, "root/init", &said), 0);
	web = image_of(t, "nanny/web").digest;
	init = image_of(t, "nanny/init").digest;
	(void)desk_file(t, "root/services/web/page", "another page\n");
	(void)desk_file(t, "root/build/x86_64/init", "another binary");
	assert_int_equal(pack(w, "root/services/web", &said), 0);
	assert_int_equal(pack(w, "root/init", &said), 0);
	assert_string_not_equal(image_of(t, "nanny/web").digest, web);
	assert_string_not_equal(image_of(t, "nanny/init").digest, init);
	web = image_of(t, "nanny/web").digest;
	(void)desk_file(t, "root/services/web/build.yml",
		"image: web\nfiles:\n  - from: page\n    to: srv/page\n");
	assert_int_equal(pack(w, "root/services/web", &said), 0);
	assert_string_not_equal(image_of(t, "nanny/web").digest, web);
}

static void a_binary_that_is_not_built_names_the_command(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	assert_int_equal(unlink(desk_path(w->desk, "root/build/x86_64/init")), 0);
	assert_int_equal(pack(w, "root/init", &said), EXIT_FAILED);
	assert_non_null(strstr(said, "run `make build/x86_64/init`"));
	assert_int_not_equal(access(desk_path(w->desk, LAYOUT "/index.json"), F_OK), 0);
}

static void what_a_package_lacks_is_said_at_its_line(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	(void)desk_file(w->desk, "root/services/web/build.yml",
		"image: web\npackages:\n  - name: shell\n    files:\n      - usr/bin/nosh\n");
	assert_int_equal(pack(w, "root/services/web", &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "build.yml:5:9: package 'shell' has no file 'usr/bin/nosh'"));
	(void)desk_file(w->desk, "root/services/web/build.yml",
		"image: web\npackages:\n  - name: nosuch\n    files:\n      - usr/bin/sh\n");
	assert_int_equal(pack(w, "root/services/web", &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "package 'nosuch' is not in"));
	(void)desk_file(w->desk, "root/services/web/build.yml",
		"image: web\nfiles:\n  - from: nofile\n    to: x\n");
	assert_int_equal(pack(w, "root/services/web", &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "nofile': No such file"));
}

static void a_changed_package_is_not_used(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	(void)desk_file(w->desk, "root/packages.lock",
		"# date 2026-11-24\nshell amd64 trixie 1 10 "
		"0000000000000000000000000000000000000000000000000000000000000000 "
		"none-such pool/shell.deb\n");
	assert_int_equal(pack(w, "root/services/web", &said), EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_image_holds_what_build_yml_says, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(
			files_of_a_package_become_one, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(unchanged_inputs_do_nothing, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(
			each_kind_of_input_makes_a_new_image, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(
			a_binary_that_is_not_built_names_the_command, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(
			what_a_package_lacks_is_said_at_its_line, desk_open, desk_close),
		cmocka_unit_test_setup_teardown(
			a_changed_package_is_not_used, desk_open, desk_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
