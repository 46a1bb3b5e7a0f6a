/*
 * A root as squashfs and as erofs, unpacked again by the file systems' own tools.  mkfs.erofs is
 * the one of this tree's packages.lock.
 */
#include "world.h"

#include <sys/xattr.h>

#include <sodium.h>

#include "../../../assembler/opened.h"
#include "../../../assembler/pinned.h"
#include "../../../assembler/squash.h"

static const char *const erofs_packages[] = {"erofs-utils", "libc6", "libdeflate0", "liblz4-1",
	"liblzma5", "libpcre2-8-0", "libselinux1", "libuuid1", "libzstd1", NULL};

static struct image_ctx context(struct desk *t)
{
	say_quiet();
	return (struct image_ctx){
		.arena = t->a, .diag = t->d, .lock = lock_load(t->a, t->d, "packages.lock")};
}

static struct tree *root(void)
{
	struct tree_xattr x = {(char *)"user.goat", (char *)"billy", 5};
	const struct tree_inode folder = {.mode = S_IFDIR | 01777, .uid = 3, .gid = 4};
	const struct tree_inode device = {.mode = S_IFCHR | 0600, .rdev = makedev(5, 1)};
	struct tree *t = tree_new();
	struct tree_inode f;

	assert_int_equal(tree_put(t, "d", &folder), 0);
	assert_int_equal(tree_put_file(t, "d/f", 0, "content", 7), 0);
	f = *tree_get(t, "d/f");
	f.mode = S_IFREG | 04750;
	f.uid = 100;
	f.gid = 200;
	f.xattr = &x;
	f.n_xattr = 1;
	assert_int_equal(tree_put(t, "d/f", &f), 0);
	assert_int_equal(tree_link(t, "d/same", "d/f"), 0);
	assert_int_equal(tree_put(t, "console", &device), 0);
	assert_int_equal(tree_put_symlink(t, "link", "d/f"), 0);
	assert_int_equal(tree_put_file(t, "secret", 0, "s", 1), 0);
	return t;
}

static void unpack(struct desk *t, struct image_ctx *ctx, const char *image, enum squash_kind kind)
{
	const char *to = desk_path(t, "out");
	const char **fsck;

	if (kind == SQUASH_SQUASHFS) {
		const char *argv[] = {"unsquashfs", "-n", "-d", to, image, NULL};

		assert_int_equal(world_run(argv), 0);
		return;
	}
	fsck = pinned_program(ctx, "usr/bin/fsck.erofs", erofs_packages);
	assert_non_null(fsck);
	assert_int_equal(world_run((const char *[]){fsck[0], fsck[1], fsck[2], fsck[3],
				 arena_printf(t->a, "--extract=%s", to), "--xattrs", image, NULL}),
		0);
}

static void check_file(struct desk *t, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st;

	assert_int_equal(lstat(desk_path(t, name), &st), 0);
	assert_int_equal(st.st_mode, mode);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void check_kind(struct desk *t, enum squash_kind kind)
{
	struct image_ctx ctx = context(t);
	struct tree *tree = root();
	const char *image = squash_image(&ctx, tree, kind);
	struct stat one, two;
	char value[8] = "";

	tree_free(tree);
	assert_non_null(image);
	/* Owners and devices can only be unpacked by root. */
	if (geteuid() != 0)
		skip();
	unpack(t, &ctx, image, kind);
	check_file(t, "out/d", S_IFDIR | 01777, 3, 4);
	check_file(t, "out/d/f", S_IFREG | 04750, 100, 200);
	check_file(t, "out/secret", S_IFREG, 0, 0);
	check_file(t, "out/console", S_IFCHR | 0600, 0, 0);
	assert_string_equal(text_of(t, "out/link"), "content");
	assert_int_equal(stat(desk_path(t, "out/d/f"), &one), 0);
	assert_int_equal(stat(desk_path(t, "out/d/same"), &two), 0);
	assert_int_equal(one.st_ino, two.st_ino);
	assert_int_equal(getxattr(desk_path(t, "out/d/f"), "user.goat", value, 7), 5);
	assert_string_equal(value, "billy");
}

/* As nanny show reads it, without being root. */
static void check_read(struct desk *t, enum squash_kind kind)
{
	struct image_ctx ctx = context(t);
	struct tree *tree = root();
	char big[100000];
	struct opened o;

	randombytes_buf_deterministic(big, sizeof(big), (const uint8_t[32]){7});
	assert_int_equal(tree_put_file(tree, "noise", 0644, big, sizeof(big) - 1), 0);
	/* Three times as long as compressed: a block of it is some of its clusters. */
	for (size_t i = sizeof(big); i-- > 0;)
		big[i] = big[i / 192 * 64 + i % 64];
	assert_int_equal(tree_put_file(tree, "text", 0644, big, sizeof(big)), 0);
	memset(big, 0, sizeof(big));
	assert_int_equal(tree_put_file(tree, "zeros", 0644, big, sizeof(big)), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(
			tree_put_file(tree, arena_printf(t->a, "many/a-rather-long-name-%d", i),
				0644, big, (size_t)(i % 5)),
			0);
	assert_int_equal(opened_read(t->a, squash_image(&ctx, tree, kind), &o), 0);
	assert_int_equal(tree_remove(o.root, "boot"), 0);
	assert_string_equal(dump(t, o.root), dump(t, tree));
	for (const char *const *f = (const char *const[]){"text", "noise", "zeros", NULL}; *f; f++)
		assert_memory_equal(tree_get(o.root, *f)->sha256, tree_get(tree, *f)->sha256, 32);
	assert_int_equal(tree_get(o.root, "d/f")->n_xattr, 1);
	assert_string_equal(tree_get(o.root, "d/f")->xattr[0].name, "user.goat");
	assert_memory_equal(tree_get(o.root, "d/f")->xattr[0].value, "billy", 5);
	opened_close(&o);
	tree_free(tree);
}

static void a_squashfs_is_read_as_it_was_written(void **state)
{
	check_read(*state, SQUASH_SQUASHFS);
}

static void an_erofs_is_read_as_it_was_written(void **state)
{
	check_read(*state, SQUASH_EROFS);
}

static void a_squashfs_has_all_of_it(void **state)
{
	check_kind(*state, SQUASH_SQUASHFS);
}

static void an_erofs_has_all_of_it(void **state)
{
	check_kind(*state, SQUASH_EROFS);
}

static void the_same_tree_is_made_once(void **state)
{
	struct desk *t = *state;
	struct image_ctx ctx = context(t);
	struct tree *tree = root();
	const char *image = squash_image(&ctx, tree, SQUASH_SQUASHFS);
	struct stat before, after;

	assert_non_null(image);
	assert_int_equal(stat(image, &before), 0);
	assert_string_equal(squash_image(&ctx, tree, SQUASH_SQUASHFS), image);
	assert_int_equal(stat(image, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	tree_free(tree);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_squashfs_has_all_of_it),
		T(an_erofs_has_all_of_it),
		T(a_squashfs_is_read_as_it_was_written),
		T(an_erofs_is_read_as_it_was_written),
		T(the_same_tree_is_made_once),
	};

	return cmocka_run_group_tests_name("squash", tests, NULL, NULL);
}
