#include "world.h"

#include "../../../assembler/config.h"

static const struct config *load(struct desk *t, const char *text)
{
	const char *paths[] = {desk_file(t, "f.yml", text)};

	desk_again(t);
	return config_load(t->a, t->d, paths, 1);
}

static void git(struct desk *t, const char *a, const char *b, const char *c)
{
	const char *argv[] = {
		"git", "-C", t->dir, "-c", "user.name=n", "-c", "user.email=n@n", a, b, c, NULL};

	assert_int_equal(world_run(argv), 0);
}

/* The tag of the one init image. */
static const char *tag(struct desk *t, const char *dir)
{
	const struct config *c = load(t, arena_printf(t->a, "init: [\"@pkg:%s\"]\n", dir));

	assert_silent(t);
	assert_non_null(c);
	return c->init[0].name;
}

static void a_component_becomes_its_image(void **state)
{
	struct desk *t = *state;
	const struct config *c;

	(void)desk_file(t, "ours/build.yml", "image: dhcp\n");
	(void)desk_file(t, "theirs/build.yml", "image: x\norg: goat\nnetwork: true\n");
	c = load(t, "kernel: {image: \"@pkg:ours\"}\ninit: [\"@pkg:./theirs\"]\n"
		    "services: [{name: s, image: \"@pkg:ours\", command: [\"@pkg:ours\"]}]\n"
		    "volumes: [{name: v, image: \"@pkg:ours\"}]\n"
		    "files: [{path: a, contents: \"not @pkg:ours\"}]\n");
	assert_silent(t);
	assert_string_equal(c->kernel.image.name, "nanny/dhcp");
	assert_string_equal(c->init[0].name, "goat/x");
	assert_string_equal(c->services[0].image.name, "nanny/dhcp");
	assert_string_equal(c->volumes[0].image.name, "nanny/dhcp");
	assert_string_equal(ynode_get(c->services[0].node, "command")->item[0]->text, "nanny/dhcp");
	assert_string_equal(c->files[0].value, "not @pkg:ours");
	assert_false(c->has_git_tags);
}

static void what_is_no_package_is_said(void **state)
{
	struct desk *t = *state;

	assert_null(load(t, "init: [\"@pkg:none\"]\n"));
	assert_said(t, "f.yml:1:8: there is no package in 'none': none/build.yml: No such file");
	(void)desk_file(t, "nameless/build.yml", "org: x\n");
	assert_null(load(t, "init: [\"@pkg:nameless\"]\n"));
	assert_said(t, "nameless/build.yml:1:1: the file needs the key 'image'");
	(void)desk_file(t, "more/build.yml", "image: x\nextra-sources: [../a:a]\n");
	(void)desk_file(t, "more/Dockerfile", "");
	assert_null(load(t, "init: [\"@pkg:more\"]\n"));
	assert_said(t, "f.yml:1:8: the tag of 'more' depends on its extra-sources");
}

static void linuxkits_package_has_the_tag_of_its_tree(void **state)
{
	/* git's hash of a folder with just these two files. */
	static const char clean[] = "linuxkit/x:fcab149efa4aa7083f035ce92cd9210b3f490860";
	struct desk *t = *state;

	(void)desk_file(t, "pkg/x/build.yml", "image: x\n");
	(void)desk_file(t, "pkg/x/Dockerfile", "FROM scratch\n");
	assert_string_equal(tag(t, "pkg/x"), "linuxkit/x:latest");
	git(t, "init", "-q", NULL);
	assert_null(load(t, "init: [\"@pkg:pkg/x\"]\n"));
	assert_said(t, "f.yml:1:8: git does not know the folder 'pkg/x': commit it");
	git(t, "add", "pkg", NULL);
	git(t, "commit", "-qm", "x");
	assert_string_equal(tag(t, "pkg/x"), clean);
	assert_true(load(t, "init: [\"@pkg:pkg/x\"]\n")->has_git_tags);
	/* sha256 of "FROM scratch\nimage: x\nnew\n" begins so. */
	(void)desk_file(t, "pkg/x/new", "new\n");
	assert_string_equal(tag(t, "pkg/x"), arena_printf(t->a, "%s-dirty-%s", clean, "8605a4b"));
}

static void a_tag_of_its_own_is_taken(void **state)
{
	struct desk *t = *state;

	(void)desk_file(t, "x/Dockerfile", "");
	(void)desk_file(t, "x/build.yml", "image: x\norg: o\ntag: v1\n");
	assert_string_equal(tag(t, "x"), "o/x:v1");
	(void)desk_file(t, "x/build.yml", "image: x\ntag: \"v1-{{.Hash}}\"\n");
	assert_string_equal(tag(t, "x"), "linuxkit/x:v1-");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(a_component_becomes_its_image),
		T(what_is_no_package_is_said),
		T(linuxkits_package_has_the_tag_of_its_tree),
		T(a_tag_of_its_own_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
