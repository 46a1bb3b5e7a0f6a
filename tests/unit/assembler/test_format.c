#include "world.h"

#include "../../../assembler/format.h"
#include "../../../assembler/layer.h"

static int build(struct world *w, const char *format, const char *more, const char **ret_said)
{
	const char *yml =
		desk_file(w->desk, "goat.yml", "services:\n  - name: page\n    image: nanny/web\n");
	char *argv[] = {(char *)"build", (char *)"--output", (char *)desk_path(w->desk, "out"),
		(char *)"--format", (char *)format, (char *)yml, (char *)more, NULL};

	return world_verb(w, verb_build, argv, ret_said);
}

static bool is_there(struct desk *t, const char *name)
{
	return access(desk_path(t, name), F_OK) == 0;
}

static void formats_are_combined_and_share_their_files(void **state)
{
	struct desk *t = *state;
	struct format_list l;

	assert_int_equal(format_parse(t->a, "kernel+initrd,tar,kernel+initrd", &l), 0);
	assert_int_equal(l.n_outputs, 4);
	assert_int_equal(format_parse(t->a, FORMAT_DEFAULT, &l), 0);
	assert_int_equal(l.n_outputs, 3);
}

static void an_unknown_format_is_said_with_the_nearest(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	assert_int_equal(build(w, "kernel+intrd", NULL, &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "did you mean 'kernel+initrd'"));
	assert_int_equal(build(w, "zzzzzzz", NULL, &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "there are: kernel+initrd, tar"));
	assert_int_equal(build(w, ",", NULL, &said), EXIT_BAD_INPUT);
	assert_false(is_there(w->desk, "out"));
}

static void a_size_is_in_mib(void **state)
{
	off_t size;

	(void)state;
	assert_int_equal(format_parse_size("1024", &size), 0);
	assert_int_equal(size, 1 << 30);
	assert_int_equal(format_parse_size("1G", &size), 0);
	assert_int_equal(size, 1 << 30);
	assert_int_equal(format_parse_size("3M", &size), 0);
	assert_int_equal(size, 3 << 20);
}

static void a_bad_size_is_refused(void **state)
{
	static const char *const bad[] = {"", "M", "0", "-1", "1K", "1MM", "1.5G", "9999999999G"};
	struct desk *t = *state;
	off_t size = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct caught c = caught_begin();
		int status = format_parse_size(bad[i], &size);

		(void)caught_end(t, c);
		assert_int_equal(status, EXIT_BAD_INPUT);
		assert_int_equal(size, 7);
	}
}

static void a_size_for_what_has_none_is_refused(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	assert_int_equal(build(w, "tar", "--size=10M", &said), EXIT_BAD_INPUT);
	assert_non_null(strstr(said, "tar has no size"));
	assert_false(is_there(w->desk, "out"));
}

static void a_tar_is_the_root_with_its_kernel(void **state)
{
	struct world *w = world_open(*state);
	struct tree *tree = tree_new();
	const char *said;

	assert_int_equal(build(w, "tar", NULL, &said), 0);
	assert_int_equal(layer_apply(tree, desk_path(w->desk, "out/goat.tar"), NULL, NULL), 0);
	assert_string_equal(content(w->desk, tree, "boot/kernel"), "the kernel");
	assert_string_equal(content(w->desk, tree, "boot/cmdline"), "quiet console=ttyS0");
	assert_string_equal(content(w->desk, tree, "init"), "the init binary");
	assert_int_equal(tree_get(tree, "dev/console")->rdev, makedev(5, 1));
	tree_free(tree);
}

static void the_same_parts_are_in_the_tar_of_three(void **state)
{
	struct world *w = world_open(*state);
	struct tree *tree = tree_new();
	const struct tree_inode *f;
	struct stat st;
	const char *said;

	assert_int_equal(build(w, "tar-kernel-initrd,kernel+initrd", NULL, &said), 0);
	assert_int_equal(
		layer_apply(tree, desk_path(w->desk, "out/goat-initrd.tar"), NULL, NULL), 0);
	assert_string_equal(content(w->desk, tree, "kernel"), "the kernel");
	assert_string_equal(content(w->desk, tree, "cmdline"), "quiet console=ttyS0");
	f = tree_get(tree, "initrd.img");
	assert_int_equal(stat(desk_path(w->desk, "out/goat-initrd.img"), &st), 0);
	assert_int_equal(f->size, st.st_size);
	tree_free(tree);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(formats_are_combined_and_share_their_files),
		T(an_unknown_format_is_said_with_the_nearest),
		T(a_size_is_in_mib),
		T(a_bad_size_is_refused),
		T(a_size_for_what_has_none_is_refused),
		T(a_tar_is_the_root_with_its_kernel),
		T(the_same_parts_are_in_the_tar_of_three),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
