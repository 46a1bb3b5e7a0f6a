#include "back.h"

#include <locale.h>

#include "../../../assembler/layer.h"

#define FILES  10000
#define SPARSE (5 * 1024 * 1024)

/* Whether it applies; *ret_said: why not. */
static int apply(struct desk *t, struct tree *tree, const char *file, const char **ret_said)
{
	struct caught c = caught_begin();
	int r = layer_apply(tree, file, NULL, NULL);
	const char *said = caught_end(t, c);

	if (ret_said)
		*ret_said = said;
	return r;
}

static void assert_applies(struct desk *t, struct tree *tree, struct maker *m)
{
	const char *said;

	if (apply(t, tree, maker_close(m), &said) != 0)
		fail_msg("%s", said);
}

static struct tree *lower(void)
{
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "d/low", 0644, "low", 3), 0);
	assert_int_equal(tree_put_file(tree, "d/sub/low", 0644, "low", 3), 0);
	assert_int_equal(tree_put_file(tree, "x", 0644, "low", 3), 0);
	return tree;
}

static void a_whiteout_removes_what_lies_below(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, "d/.wh.sub", S_IFREG | 0644, NULL);
	maker_add(&m, ".wh.x", S_IFREG | 0644, NULL);
	maker_add(&m, ".wh.absent", S_IFREG | 0644, NULL);
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "d 0755 0:0 dir\nd/low 0644 0:0 file low\n");
	tree_free(tree);
}

/* A system's tar is no layer: what is called so there is a file, and hides nothing. */
static void a_whole_system_has_no_whiteouts(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);
	int fd;

	maker_add(&m, "d/low", S_IFREG | 0644, "low");
	maker_add(&m, "d/.wh.low", S_IFREG | 0644, NULL);
	maker_add(&m, "d/.wh..wh..opq", S_IFREG | 0644, NULL);
	fd = open(maker_close(&m), O_RDONLY | O_CLOEXEC);
	assert_int_equal(layer_unpack(tree, "l.tar", fd), 0);
	(void)close(fd);
	assert_string_equal(dump(t, tree), "d 0755 0:0 dir\nd/.wh..wh..opq 0644 0:0 file \n"
					   "d/.wh.low 0644 0:0 file \nd/low 0644 0:0 file low\n");
	tree_free(tree);
}

static void a_whiteout_spares_its_own_layer(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, "d/sub/new", S_IFREG | 0644, "new");
	maker_add(&m, "d/.wh.sub", S_IFREG | 0644, NULL);
	assert_applies(t, tree, &m);
	assert_non_null(tree_get(tree, "d/sub/new"));
	assert_null(tree_get(tree, "d/sub/low"));
	tree_free(tree);
}

static void an_opaque_directory_hides_only_lower_layers(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, "d", S_IFDIR | 0700, NULL);
	maker_add(&m, "d/early", S_IFREG | 0644, "1");
	maker_add(&m, "d/.wh..wh..opq", S_IFREG | 0644, NULL);
	maker_add(&m, "d/late", S_IFREG | 0644, "2");
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "d 0700 0:0 dir\n"
					   "d/early 0644 0:0 file 1\n"
					   "d/late 0644 0:0 file 2\n"
					   "x 0644 0:0 file low\n");
	tree_free(tree);
}

static void an_opaque_root_hides_everything_below(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, ".wh..wh..opq", S_IFREG | 0644, NULL);
	maker_add(&m, "new", S_IFREG | 0644, "2");
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "new 0644 0:0 file 2\n");
	tree_free(tree);
}

static void whiteouts_of_aufs_are_no_files(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, ".wh..wh.plnk", S_IFDIR | 0700, NULL);
	maker_add(&m, ".wh..wh.aufs", S_IFREG | 0444, NULL);
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "");
	tree_free(tree);
}

static void a_whiteout_of_nothing_is_refused(void **state)
{
	static const char *const names[] = {".wh.", ".wh..", ".wh...", "d/.wh..."};
	struct desk *t = *state;

	for (size_t i = 0; i < 4; i++) {
		struct tree *tree = lower();
		struct maker m = maker_open(t, "l.tar", PACK_NONE);
		const char *before = dump(t, tree);

		maker_add(&m, names[i], S_IFREG | 0644, NULL);
		assert_int_equal(apply(t, tree, maker_close(&m), NULL), -1);
		assert_string_equal(dump(t, tree), before);
		tree_free(tree);
	}
}

static void a_hard_link_reaches_into_lower_layers(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_link(&m, "y", "x");
	maker_add(&m, "own", S_IFREG | 04755, "own");
	maker_link(&m, "d/own", "./own");
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "d 0755 0:0 dir\n"
					   "d/low 0644 0:0 file low\n"
					   "d/own 4755 0:0 file own\n"
					   "d/sub 0755 0:0 dir\n"
					   "d/sub/low 0644 0:0 file low\n"
					   "own 4755 0:0 same as d/own\n"
					   "x 0644 0:0 file low\n"
					   "y 0644 0:0 same as x\n");
	tree_free(tree);
}

static void a_hard_link_to_nothing_is_refused(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);
	const char *said;

	maker_link(&m, "y", "absent");
	assert_int_equal(apply(t, tree, maker_close(&m), &said), -1);
	assert_non_null(strstr(said, "y: cannot be a hard link to absent"));
	tree_free(tree);
}

static void names_that_leave_the_root_are_refused(void **state)
{
	static const char *const names[] = {"../evil", "d/../../evil", "/../evil", "d/.."};
	struct desk *t = *state;

	for (size_t i = 0; i < 4; i++) {
		struct tree *tree = lower();
		struct maker m = maker_open(t, "l.tar", PACK_NONE);
		const char *said;

		maker_add(&m, names[i], S_IFREG | 0644, "evil");
		assert_int_equal(apply(t, tree, maker_close(&m), &said), -1);
		assert_non_null(strstr(said, "leaves the image's root"));
		tree_free(tree);
	}
}

static void links_that_leave_the_root_are_refused(void **state)
{
	struct desk *t = *state;
	struct tree *tree = lower();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	assert_int_equal(tree_put_file(tree, "etc/passwd", 0644, "", 0), 0);
	maker_link(&m, "y", "../../etc/passwd");
	assert_int_equal(apply(t, tree, maker_close(&m), NULL), -1);
	tree_free(tree);
}

static void an_absolute_name_stays_in_the_tree(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_add(&m, "/etc/passwd", S_IFREG | 0644, "x");
	assert_applies(t, tree, &m);
	assert_string_equal(content(t, tree, "etc/passwd"), "x");
	tree_free(tree);
}

static void a_file_behind_a_lower_symlink_goes_where_it_points(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	assert_int_equal(tree_put_symlink(tree, "lib", "usr/lib"), 0);
	assert_int_equal(tree_put_symlink(tree, "out", "../../../etc"), 0);
	assert_int_equal(tree_put_file(tree, "usr/lib/old", 0644, "", 0), 0);
	maker_add(&m, "lib/x", S_IFREG | 0644, "x");
	maker_add(&m, "lib/.wh.old", S_IFREG | 0644, NULL);
	maker_add(&m, "out/y", S_IFREG | 0644, "y");
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "etc 0755 0:0 dir\n"
					   "etc/y 0644 0:0 file y\n"
					   "lib 0777 0:0 -> usr/lib\n"
					   "out 0777 0:0 -> ../../../etc\n"
					   "usr 0755 0:0 dir\n"
					   "usr/lib 0755 0:0 dir\n"
					   "usr/lib/x 0644 0:0 file x\n");
	tree_free(tree);
}

static void a_directory_takes_the_place_of_a_symlink(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	assert_int_equal(tree_put_symlink(tree, "lib", "usr/lib"), 0);
	maker_add(&m, "lib/", S_IFDIR | 0755, NULL);
	maker_add(&m, "lib/x", S_IFREG | 0644, "x");
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "lib 0755 0:0 dir\nlib/x 0644 0:0 file x\n");
	tree_free(tree);
}

static struct archive_entry *owned(const char *path, mode_t mode, dev_t rdev)
{
	struct archive_entry *e = maker_entry(path, mode, NULL);

	archive_entry_set_uid(e, 3000000);
	archive_entry_set_gid(e, 7);
	archive_entry_set_rdev(e, rdev);
	return e;
}

static void owners_devices_and_modes_are_kept_without_being_root(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);

	maker_put(&m, owned("c", S_IFCHR | 0600, makedev(5, 1)), NULL);
	maker_put(&m, owned("b", S_IFBLK | 0660, makedev(179, 300)), NULL);
	maker_put(&m, owned("p", S_IFIFO | 0644, 0), NULL);
	maker_put(&m, owned("s", S_IFREG | 06755, 0), NULL);
	maker_put(&m, owned("t", S_IFDIR | 01777, 0), NULL);
	assert_applies(t, tree, &m);
	assert_string_equal(dump(t, tree), "b 0660 3000000:7 block 179:300\n"
					   "c 0600 3000000:7 char 5:1\n"
					   "p 0644 3000000:7 fifo\n"
					   "s 6755 3000000:7 file \n"
					   "t 1777 3000000:7 dir\n");
	tree_free(tree);
}

static void an_owner_that_no_system_has_is_refused(void **state)
{
	static const int64_t owners[] = {INT64_C(1) << 32, UINT32_MAX};
	struct desk *t = *state;

	for (size_t i = 0; i < 4; i++) {
		struct tree *tree = tree_new();
		struct maker m = maker_open(t, "l.tar", PACK_NONE);
		struct archive_entry *e = maker_entry("f", S_IFREG | 04755, NULL);
		const char *said;

		archive_entry_set_uid(e, i < 2 ? owners[i] : 0);
		archive_entry_set_gid(e, i < 2 ? 0 : owners[i - 2]);
		maker_put(&m, e, NULL);
		assert_int_equal(apply(t, tree, maker_close(&m), &said), -1);
		assert_non_null(strstr(said, "is none that a system has"));
		tree_free(tree);
	}
}

static void extended_attributes_are_kept_and_sorted(void **state)
{
	static const char cap[] = "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0";
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);
	struct archive_entry *e = maker_entry("ping", S_IFREG | 0755, NULL);
	const struct tree_inode *f;

	archive_entry_xattr_add_entry(e, "user.z", "z", 1);
	archive_entry_xattr_add_entry(e, "security.capability", cap, sizeof(cap));
	maker_put(&m, e, NULL);
	assert_applies(t, tree, &m);
	f = tree_get(tree, "ping");
	assert_int_equal(f->n_xattr, 2);
	assert_string_equal(f->xattr[0].name, "security.capability");
	assert_int_equal(f->xattr[0].size, sizeof(cap));
	assert_memory_equal(f->xattr[0].value, cap, sizeof(cap));
	assert_string_equal(f->xattr[1].name, "user.z");
	tree_free(tree);
}

static void long_and_foreign_names_are_kept(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_ZSTD);
	char name[256], *path;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	path = arena_printf(t->a, "%s/%s/\xc3\xb6\xe5\xb1\xb1", name, name);
	maker_add(&m, path, S_IFREG | 0644, "deep");
	maker_add(&m, "link", S_IFLNK | 0777, path);
	assert_applies(t, tree, &m);
	assert_string_equal(content(t, tree, path), "deep");
	assert_string_equal(tree_get(tree, "link")->target, path);
	tree_free(tree);
}

static void a_sparse_file_has_its_full_size(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "l.tar", PACK_NONE);
	struct archive_entry *e = maker_entry("sparse", S_IFREG | 0644, NULL);
	char *zeros = arena_alloc(t->a, SPARSE);
	const char *all;

	archive_entry_set_size(e, SPARSE);
	archive_entry_sparse_add_entry(e, 4096, 4);
	assert_int_equal(archive_write_header(m.out, e), ARCHIVE_OK);
	memcpy(zeros + 4096, "data", 4);
	assert_int_equal(archive_write_data(m.out, zeros, SPARSE), SPARSE);
	archive_entry_free(e);
	maker_add(&m, "next", S_IFREG | 0644, "next");
	assert_applies(t, tree, &m);
	assert_int_equal(tree_get(tree, "sparse")->size, SPARSE);
	all = content(t, tree, "sparse");
	assert_memory_equal(all, zeros, SPARSE);
	assert_string_equal(content(t, tree, "next"), "next");
	tree_free(tree);
}

static void ten_thousand_entries_apply(void **state)
{
	static const enum pack packs[] = {PACK_NONE, PACK_GZIP, PACK_ZSTD};
	struct desk *t = *state;

	for (size_t p = 0; p < 3; p++) {
		struct tree *tree = tree_new();
		struct maker m = maker_open(t, "l.tar", packs[p]);
		char path[64];

		for (int i = 0; i < FILES; i++) {
			(void)snprintf(path, sizeof(path), "d%d/f%d", i % 7, i);
			maker_add(&m, path, S_IFREG | 0644, path);
		}
		assert_applies(t, tree, &m);
		assert_string_equal(content(t, tree, "d5/f9994"), "d5/f9994");
		tree_free(tree);
	}
}

static const char *small_layer(struct desk *t, enum pack pack)
{
	struct maker m = maker_open(t, "l.tar", pack);

	maker_add(&m, "a", S_IFREG | 0644, "some content");
	return maker_close(&m);
}

static void the_wrong_digest_is_refused(void **state)
{
	struct desk *t = *state;
	const char *plain = arena_strdup(t->a, digest_of(t, small_layer(t, PACK_NONE)));
	const char *file = small_layer(t, PACK_GZIP), *packed = digest_of(t, file);
	struct tree *tree = tree_new();
	struct caught c = caught_begin();
	int good = layer_apply(tree, file, packed, plain);
	int no_digest = layer_apply(tree, file, plain, plain);
	int no_diff_id = layer_apply(tree, file, packed, packed);
	int no_hash = layer_apply(tree, file, "md5:1", plain);
	const char *said = caught_end(t, c);

	assert_int_equal(good, 0);
	assert_int_equal(no_digest, -1);
	assert_int_equal(no_diff_id, -1);
	assert_int_equal(no_hash, -1);
	assert_non_null(strstr(said, "its digest is sha256:"));
	assert_non_null(strstr(said, "the diff_id is sha256:"));
	tree_free(tree);
}

/* Padding after the end of the archive belongs to the diff_id. */
static void what_follows_the_archive_is_hashed_too(void **state)
{
	static const char zeros[4096];
	struct desk *t = *state;
	const char *file = small_layer(t, PACK_NONE);
	struct tree *tree = tree_new();
	FILE *f = fopen(file, "ae");
	int r;

	for (int i = 0; i < 100; i++)
		assert_int_equal(fwrite(zeros, 1, sizeof(zeros), f), sizeof(zeros));
	assert_int_equal(fclose(f), 0);
	r = layer_apply(tree, file, NULL, digest_of(t, file));
	assert_int_equal(r, 0);
	tree_free(tree);
}

/* Every cut and every flipped byte of a compressed layer ends in an error or in the same tree. */
static void a_damaged_layer_never_gives_another_tree(void **state)
{
	static const enum pack packs[] = {PACK_GZIP, PACK_ZSTD};
	struct desk *t = *state;
	const char *plain = arena_strdup(t->a, digest_of(t, small_layer(t, PACK_NONE)));
	char bytes[4096];

	for (size_t p = 0; p < 2; p++) {
		const char *file = small_layer(t, packs[p]);
		FILE *f = fopen(file, "re");
		size_t n = fread(bytes, 1, sizeof(bytes), f);

		assert_int_equal(fclose(f), 0);
		assert_in_range(n, 50, sizeof(bytes) - 1);
		for (size_t i = 0; i < n; i++) {
			struct tree *tree = tree_new();
			struct caught c = caught_begin();

			bytes[i] ^= 0x10;
			file = desk_file_n(t, "bad", bytes, n);
			bytes[i] ^= 0x10;
			if (layer_apply(tree, file, NULL, plain) == 0)
				assert_string_equal(
					dump(t, tree), "a 0644 0:0 file some content\n");
			(void)caught_end(t, c);
			tree_free(tree);
		}
		for (size_t i = 0; i < n - 1; i++) {
			struct tree *tree = tree_new();
			struct caught c = caught_begin();
			int r = layer_apply(tree, desk_file_n(t, "bad", bytes, i), NULL, plain);

			(void)caught_end(t, c);
			if (r == 0)
				assert_string_equal(
					dump(t, tree), "a 0644 0:0 file some content\n");
			tree_free(tree);
		}
	}
}

static void what_is_no_tar_is_refused(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();

	assert_int_equal(apply(t, tree, desk_file(t, "no", "no tar at all"), NULL), -1);
	assert_int_equal(apply(t, tree, desk_file(t, "empty", ""), NULL), -1);
	assert_int_equal(apply(t, tree, desk_path(t, "absent"), NULL), -1);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whiteout_removes_what_lies_below),
		cmocka_unit_test(a_whole_system_has_no_whiteouts),
		cmocka_unit_test(a_whiteout_spares_its_own_layer),
		cmocka_unit_test(an_opaque_directory_hides_only_lower_layers),
		cmocka_unit_test(an_opaque_root_hides_everything_below),
		cmocka_unit_test(whiteouts_of_aufs_are_no_files),
		cmocka_unit_test(a_whiteout_of_nothing_is_refused),
		cmocka_unit_test(a_hard_link_reaches_into_lower_layers),
		cmocka_unit_test(a_hard_link_to_nothing_is_refused),
		cmocka_unit_test(names_that_leave_the_root_are_refused),
		cmocka_unit_test(links_that_leave_the_root_are_refused),
		cmocka_unit_test(an_absolute_name_stays_in_the_tree),
		cmocka_unit_test(a_file_behind_a_lower_symlink_goes_where_it_points),
		cmocka_unit_test(a_directory_takes_the_place_of_a_symlink),
		cmocka_unit_test(owners_devices_and_modes_are_kept_without_being_root),
		cmocka_unit_test(an_owner_that_no_system_has_is_refused),
		cmocka_unit_test(extended_attributes_are_kept_and_sorted),
		cmocka_unit_test(long_and_foreign_names_are_kept),
		cmocka_unit_test(a_sparse_file_has_its_full_size),
		cmocka_unit_test(ten_thousand_entries_apply),
		cmocka_unit_test(the_wrong_digest_is_refused),
		cmocka_unit_test(what_follows_the_archive_is_hashed_too),
		cmocka_unit_test(a_damaged_layer_never_gives_another_tree),
		cmocka_unit_test(what_is_no_tar_is_refused),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
