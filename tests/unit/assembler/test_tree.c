#include "back.h"

#define FILES 10000

static void names_are_sorted_whatever_the_order_they_came_in(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "b", 0644, "2", 1), 0);
	assert_int_equal(tree_put_file(tree, "/a/z", 0600, "3", 1), 0);
	assert_int_equal(tree_put_symlink(tree, "./a/./b", "/b"), 0);
	assert_int_equal(tree_put_file(tree, "ab", 0755, "", 0), 0);
	assert_string_equal(dump(t, tree), "a 0755 0:0 dir\n"
					   "a/b 0777 0:0 -> /b\n"
					   "a/z 0600 0:0 file 3\n"
					   "ab 0755 0:0 file \n"
					   "b 0644 0:0 file 2\n");
	tree_free(tree);
}

static void a_path_never_leaves_the_root(void **state)
{
	struct tree *tree = tree_new();
	char name[300];

	(void)state;
	memset(name, 'n', 299);
	name[299] = '\0';
	assert_int_equal(tree_put_file(tree, "../x", 0644, "", 0), -EINVAL);
	assert_int_equal(tree_put_file(tree, "a/../x", 0644, "", 0), -EINVAL);
	assert_int_equal(tree_put_file(tree, "a/..", 0644, "", 0), -EINVAL);
	assert_int_equal(tree_put_file(tree, "..x/...", 0644, "", 0), 0);
	assert_int_equal(tree_put_file(tree, name, 0644, "", 0), -ENAMETOOLONG);
	assert_int_equal(tree_put_file(tree, "", 0644, "", 0), -EISDIR);
	assert_null(tree_get(tree, "x"));
	tree_free(tree);
}

static void parents_are_never_symlinks_or_files(void **state)
{
	struct tree *tree = tree_new();

	(void)state;
	assert_int_equal(tree_put_symlink(tree, "lib", "usr/lib"), 0);
	assert_int_equal(tree_put_file(tree, "file", 0644, "", 0), 0);
	assert_int_equal(tree_put_file(tree, "lib/x", 0644, "", 0), -ENOTDIR);
	assert_int_equal(tree_put_file(tree, "file/x", 0644, "", 0), -ENOTDIR);
	assert_null(tree_get(tree, "lib/x"));
	tree_free(tree);
}

static void a_directory_on_a_directory_keeps_its_children(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "d/x", 0644, "x", 1), 0);
	assert_int_equal(tree_put_dir(tree, "d", 0700), 0);
	assert_string_equal(dump(t, tree), "d 0700 0:0 dir\nd/x 0644 0:0 file x\n");
	assert_int_equal(tree_put_file(tree, "d", 0644, "", 0), 0);
	assert_string_equal(dump(t, tree), "d 0644 0:0 file \n");
	assert_int_equal(tree_put_dir(tree, "d", 0755), 0);
	assert_string_equal(dump(t, tree), "d 0755 0:0 dir\n");
	tree_free(tree);
}

static void hard_links_share_one_inode(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "b", 0644, "x", 1), 0);
	assert_int_equal(tree_link(tree, "a", "b"), 0);
	assert_int_equal(tree_link(tree, "b", "b"), 0);
	assert_int_equal(tree_get(tree, "a")->links, 2);
	assert_string_equal(dump(t, tree), "a 0644 0:0 file x\nb 0644 0:0 same as a\n");
	assert_int_equal(tree_remove(tree, "a"), 0);
	assert_int_equal(tree_get(tree, "b")->links, 1);
	assert_string_equal(content(t, tree, "b"), "x");
	assert_int_equal(tree_link(tree, "c", "absent"), -ENOENT);
	assert_int_equal(tree_put_dir(tree, "d", 0755), 0);
	assert_int_equal(tree_link(tree, "c", "d"), -EPERM);
	tree_free(tree);
}

static void removing_takes_all_below_and_minds_no_absence(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "a/b/c", 0644, "", 0), 0);
	assert_int_equal(tree_put_file(tree, "a/d", 0644, "", 0), 0);
	assert_int_equal(tree_remove(tree, "a/b"), 0);
	assert_int_equal(tree_remove(tree, "a/b/c"), 0);
	assert_int_equal(tree_remove(tree, "none/at/all"), 0);
	assert_string_equal(dump(t, tree), "a 0755 0:0 dir\na/d 0644 0:0 file \n");
	assert_int_equal(tree_remove_children(tree, "a"), 0);
	assert_string_equal(dump(t, tree), "a 0755 0:0 dir\n");
	assert_int_equal(tree_remove(tree, ""), 0);
	assert_string_equal(dump(t, tree), "");
	tree_free(tree);
}

static void a_graft_keeps_its_hard_links_and_leaves_the_source_alone(void **state)
{
	struct desk *t = *state;
	struct tree *from = tree_new(), *to = tree_new();

	assert_int_equal(tree_put_file(from, "x", 0644, "x", 1), 0);
	assert_int_equal(tree_link(from, "y", "x"), 0);
	assert_int_equal(tree_put_dir(from, "", 0711), 0);
	assert_int_equal(tree_put_file(to, "in/x", 0600, "old", 3), 0);
	assert_int_equal(tree_graft(to, "in", from), 0);
	assert_int_equal(tree_get(from, "x")->links, 2);
	tree_free(from);
	assert_string_equal(dump(t, to), "in 0711 0:0 dir\n"
					 "in/x 0644 0:0 file x\n"
					 "in/y 0644 0:0 same as in/x\n");
	tree_free(to);
}

static const char *digest(struct desk *t, const struct tree *tree)
{
	uint8_t sum[32];
	char hex[65];

	tree_digest(tree, sum);
	sha256_hex(sum, hex);
	return arena_strdup(t->a, hex);
}

static void the_digest_knows_every_attribute_but_the_time(void **state)
{
	static char value[] = "1";
	struct tree_xattr x = {(char *)"user.a", value, 1};
	const struct tree_inode plain = {.mode = S_IFREG | 0644};
	struct tree_inode changed[] = {plain, plain, plain, plain, plain};
	struct desk *t = *state;
	struct tree *tree = tree_new();
	const char *before, *linked;

	assert_int_equal(tree_put(tree, "a", &plain), 0);
	before = digest(t, tree);
	changed[0].mode = S_IFREG | 0600;
	changed[1].uid = 1;
	changed[2].gid = 1;
	changed[3].xattr = &x;
	changed[3].n_xattr = 1;
	changed[4].mtime = 1;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tree_put(tree, "a", &changed[i]), 0);
		assert_string_not_equal(digest(t, tree), before);
	}
	assert_int_equal(tree_put(tree, "a", &changed[4]), 0);
	assert_string_equal(digest(t, tree), before);
	assert_int_equal(tree_put(tree, "b", &plain), 0);
	before = digest(t, tree);
	assert_int_equal(tree_link(tree, "b", "a"), 0);
	linked = digest(t, tree);
	assert_string_not_equal(linked, before);
	assert_int_equal(tree_put_file(tree, "b", 0644, "x", 1), 0);
	assert_string_not_equal(digest(t, tree), before);
	tree_free(tree);
}

static void assert_follows(struct tree *tree, const char *path, const char *want)
{
	char *real;

	assert_int_equal(tree_follow(tree, path, &real), 0);
	assert_string_equal(real, want);
	free(real);
}

static void following_symlinks_ends_at_the_root(void **state)
{
	struct tree *tree = tree_new();
	char *real;

	(void)state;
	assert_int_equal(tree_put_symlink(tree, "lib", "usr/lib"), 0);
	assert_int_equal(tree_put_symlink(tree, "usr/abs", "/opt/x"), 0);
	assert_int_equal(tree_put_symlink(tree, "usr/up", "../../../../etc"), 0);
	assert_int_equal(tree_put_symlink(tree, "a", "b"), 0);
	assert_int_equal(tree_put_symlink(tree, "b", "a"), 0);
	assert_int_equal(tree_put_symlink(tree, "chain", "lib"), 0);
	assert_follows(tree, "lib/x/y", "usr/lib/x/y");
	assert_follows(tree, "lib", "lib");
	assert_follows(tree, "lib/", "lib");
	assert_follows(tree, "usr/abs/y", "opt/x/y");
	assert_follows(tree, "usr/up/passwd", "etc/passwd");
	assert_follows(tree, "chain/x", "usr/lib/x");
	assert_follows(tree, "../../x", "x");
	assert_follows(tree, "/", "");
	assert_int_equal(tree_follow(tree, "a/x", &real), -ELOOP);
	tree_free(tree);
}

static void ten_thousand_files_are_no_burden(void **state)
{
	struct tree *tree = tree_new();
	char path[64];

	(void)state;
	for (int i = FILES - 1; i >= 0; i--) {
		(void)snprintf(path, sizeof(path), "d/%05d", i);
		assert_int_equal(tree_put_file(tree, path, 0644, path, strlen(path)), 0);
	}
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof(path), "d/%05d", i);
		assert_non_null(tree_get(tree, path));
	}
	tree_free(tree);
}

static void holes_read_as_zeros(void **state)
{
	static const char zeros[70000];
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "hole", 0644, zeros, sizeof(zeros)), 0);
	assert_int_equal(tree_put_file(tree, "after", 0644, "x", 1), 0);
	assert_memory_equal(content(t, tree, "hole"), zeros, sizeof(zeros));
	assert_string_equal(content(t, tree, "after"), "x");
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_sorted_whatever_the_order_they_came_in),
		cmocka_unit_test(a_path_never_leaves_the_root),
		cmocka_unit_test(parents_are_never_symlinks_or_files),
		cmocka_unit_test(a_directory_on_a_directory_keeps_its_children),
		cmocka_unit_test(hard_links_share_one_inode),
		cmocka_unit_test(removing_takes_all_below_and_minds_no_absence),
		cmocka_unit_test(a_graft_keeps_its_hard_links_and_leaves_the_source_alone),
		cmocka_unit_test(the_digest_knows_every_attribute_but_the_time),
		cmocka_unit_test(following_symlinks_ends_at_the_root),
		cmocka_unit_test(ten_thousand_files_are_no_burden),
		cmocka_unit_test(holes_read_as_zeros),
	};

	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
