#include "said.h"

#include "../../../assembler/component.h"

static const struct component *load(struct desk *t, const char *text)
{
	(void)desk_file(t, "onboot/it/build.yml", text);
	return component_load(t->a, t->d, desk_path(t, "onboot/it"));
}

static void a_component_needs_only_a_name(void **state)
{
	struct desk *t = *state;
	const struct component *c = load(t, "image: it\n");

	assert_silent(t);
	assert_string_equal(c->image, "nanny/it");
	assert_string_equal(c->dir, desk_path(t, "onboot/it"));
	assert_null(c->config);
	assert_int_equal(c->n_packages + c->n_binaries + c->n_files, 0);
	assert_int_equal(c->n_symlinks + c->n_directories, 0);
	assert_string_equal(load(t, "image: it\norg: goat\n")->image, "goat/it");
}

static void what_goes_in_is_read(void **state)
{
	struct desk *t = *state;
	const struct component *c = load(t,
		"image: it\nconfig: {readonly: true}\npackages:\n- name: busybox-static\n  files:\n"
		"  - /bin/busybox\n  - {from: usr/sbin/*, to: /usr/bin/, mode: \"0700\"}\n"
		"binaries: [{name: feeder, to: /usr/bin/feeder}]\n"
		"files: [{from: a, to: etc/a}, {from: b, to: etc/b, mode: \"0755\"}]\n"
		"directories: [/var/lib/x]\nsymlinks: [{path: /bin/sh, to: /bin/busybox}]\n");
	const struct component_file *f;

	assert_silent(t);
	assert_true(ynode_bool(ynode_get(c->config, "readonly")));
	assert_string_equal(c->packages[0].name, "busybox-static");
	f = c->packages[0].files;
	assert_string_equal(f[0].from, "bin/busybox");
	assert_string_equal(f[0].to, "bin/busybox");
	assert_int_equal(f[0].mode, -1);
	assert_int_equal(f[0].at.line, 6);
	assert_string_equal(f[1].to, "usr/bin/");
	assert_int_equal(f[1].mode, 0700);
	assert_string_equal(c->binaries[0].from, "feeder");
	assert_string_equal(c->binaries[0].to, "usr/bin/feeder");
	assert_int_equal(c->binaries[0].mode, 0755);
	assert_int_equal(c->files[0].mode, 0644);
	assert_int_equal(c->files[1].mode, 0755);
	assert_string_equal(c->directories[0], "var/lib/x");
	assert_string_equal(c->symlinks[0].from, "bin/sh");
	assert_string_equal(c->symlinks[0].to, "/bin/busybox");
}

static void a_wrong_component_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"org: x\n", "the file needs the key 'image'"},
		{"image: it\nconfig: {comand: [x]}\n",
			"unknown key 'comand' in config: did you mean 'command'?"},
		{"image: it\nconfig: {name: x}\n", "unknown key 'name' in config"},
		{"image: it\nfiles: [x]\n", "'files[0]' must be a map, not a string"},
		{"image: it\npackages: [{name: x, files: [[y]]}]\n", "must be a map, not a list"},
		{"image: it\nfiles: [{from: ../x, to: y}]\n", "must not hold '..'"},
		{"image: it\nfiles: [{from: x, to: y, mode: \"9\"}]\n", "must be an octal mode"},
		{"image: a/b\n", "'image': 'a/b' is no name"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk_again(t);
		assert_null(load(t, rows[i].text));
		assert_said(t, rows[i].said);
		/* A second look is no better. */
		assert_null(load(t, rows[i].text));
	}
}

static void all_components_are_found_in_order(void **state)
{
	struct desk *t = *state;
	struct component **list;
	size_t n;

	(void)desk_file(t, "init/build.yml", "image: init\n");
	(void)desk_file(t, "init/runc/build.yml", "image: runc\n");
	(void)desk_file(t, "onboot/b/build.yml", "image: b\n");
	(void)desk_file(t, "onboot/a/build.yml", "image: a\n");
	(void)desk_file(t, "onboot/c/deeper/build.yml", "image: c\n");
	(void)desk_file(t, "elsewhere/d/build.yml", "image: d\n");
	list = component_find(t->a, t->d, t->dir, &n);
	assert_silent(t);
	assert_int_equal(n, 4);
	assert_string_equal(list[0]->image, "nanny/init");
	assert_string_equal(list[1]->image, "nanny/runc");
	assert_string_equal(list[2]->image, "nanny/a");
	assert_string_equal(list[3]->image, "nanny/b");
}

static void two_components_need_two_images(void **state)
{
	struct desk *t = *state;
	size_t n;

	(void)desk_file(t, "onboot/a/build.yml", "image: x\n");
	(void)desk_file(t, "services/b/build.yml", "image: x\n");
	(void)component_find(t->a, t->d, t->dir, &n);
	assert_said(t, "services/b/build.yml:1:1: 'nanny/x' is already the image of onboot/a\n");
}

static void the_components_of_this_tree_are_good(void **state)
{
	struct desk *t = *state;
	size_t n;

	(void)component_find(t->a, t->d, ".", &n);
	assert_silent(t);
	assert_true(n > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(a_component_needs_only_a_name),
		T(what_goes_in_is_read),
		T(a_wrong_component_is_refused),
		T(all_components_are_found_in_order),
		T(two_components_need_two_images),
		T(the_components_of_this_tree_are_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
