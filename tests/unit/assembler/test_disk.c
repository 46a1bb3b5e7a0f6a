#include "back.h"

#include "../../../assembler/disk.h"

static int write_quietly(struct desk *t, const struct tree *tree, const char *dir)
{
	struct caught c = caught_begin();
	int r = disk_write(tree, desk_path(t, dir));

	(void)caught_end(t, c);
	return r;
}

static void assert_file(struct desk *t, const char *name, const char *want)
{
	char text[64] = "";
	int fd = open(desk_path(t, name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	(void)close(fd);
	assert_string_equal(text, want);
}

static void files_links_and_modes_come_out(void **state)
{
	struct desk *t = *state;
	const struct tree_inode node = {.mode = S_IFCHR | 0600, .rdev = makedev(1, 3)};
	struct tree *tree = tree_new();
	char target[16] = "";
	struct stat a, b;

	assert_int_equal(tree_put_file(tree, "bin/a", 04755, "a", 1), 0);
	assert_int_equal(tree_link(tree, "bin/b", "bin/a"), 0);
	assert_int_equal(tree_put_symlink(tree, "lib/c", "../bin/a"), 0);
	assert_int_equal(tree_put(tree, "null", &node), 0);
	assert_int_equal(disk_write(tree, desk_path(t, "out/deep")), 0);
	assert_file(t, "out/deep/bin/a", "a");
	assert_int_equal(stat(desk_path(t, "out/deep/bin/a"), &a), 0);
	assert_int_equal(stat(desk_path(t, "out/deep/bin/b"), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_mode, S_IFREG | 0755);
	assert_int_equal(readlink(desk_path(t, "out/deep/lib/c"), target, 15), 8);
	assert_int_not_equal(access(desk_path(t, "out/deep/null"), F_OK), 0);
	tree_free(tree);
}

/* The folder may have been tampered with, or be left from another version of a package. */
static void nothing_is_written_through_a_symlink(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(mkdir(desk_path(t, "outside"), 0755), 0);
	assert_int_equal(mkdir(desk_path(t, "trap"), 0755), 0);
	assert_int_equal(symlink(desk_path(t, "outside"), desk_path(t, "trap/lib")), 0);
	assert_int_equal(symlink(desk_path(t, "outside/y"), desk_path(t, "trap/y")), 0);
	assert_int_equal(tree_put_file(tree, "lib/x", 0644, "x", 1), 0);
	assert_int_equal(tree_put_file(tree, "y", 0644, "y", 1), 0);
	(void)write_quietly(t, tree, "trap");
	assert_int_not_equal(access(desk_path(t, "outside/x"), F_OK), 0);
	assert_int_not_equal(access(desk_path(t, "outside/y"), F_OK), 0);
	tree_free(tree);
}

static void the_working_directory_stays(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	char *before = getcwd(NULL, 0), *after;

	assert_int_equal(tree_put_file(tree, "x", 0644, "x", 1), 0);
	assert_int_equal(disk_write(tree, desk_path(t, "stay")), 0);
	(void)desk_file(t, "file", "");
	assert_int_equal(write_quietly(t, tree, "file"), -1);
	after = getcwd(NULL, 0);
	assert_string_equal(before, after);
	free(before);
	free(after);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_links_and_modes_come_out),
		cmocka_unit_test(nothing_is_written_through_a_symlink),
		cmocka_unit_test(the_working_directory_stays),
	};

	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
