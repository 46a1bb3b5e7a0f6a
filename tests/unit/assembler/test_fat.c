#include "world.h"

#include "../../../assembler/fat.h"

static struct tree *firmware(void)
{
	static char big[200000];
	struct tree *t = tree_new();

	memset(big, 'x', sizeof(big));
	assert_int_equal(tree_put_file(t, "EFI/BOOT/BOOTX64.EFI", 0755, big, sizeof(big)), 0);
	assert_int_equal(tree_put_file(t, "loader/a long name.conf", 0600, "words\n", 6), 0);
	return t;
}

static struct fat describe(struct desk *t)
{
	return (struct fat){.arena = t->a, .date = 1700000000, .id = 0x12345678, .label = "GOAT"};
}

/* What mtools print of the file system at 1 MiB of $i. */
static const char *look(struct desk *t, const char *image, const char *script)
{
	const char *argv[] = {"sh", "-c",
		arena_printf(t->a, "export MTOOLS_SKIP_CHECK=1 TZ=UTC i=%s@@1M; %s >%s 2>&1", image,
			script, desk_path(t, "look")),
		NULL};

	assert_int_equal(world_run(argv), 0);
	return text_of(t, "look");
}

static void a_tree_becomes_a_file_system(void **state)
{
	struct desk *t = *state;
	struct tree *tree = firmware();
	struct fat f = describe(t);
	const char *img = desk_file(t, "disk", "");

	assert_int_equal(fat_write(&f, tree, img, 1 << 20, fat_size(tree)), 0);
	assert_string_equal(look(t, img, "mtype -i $i '::/loader/a long name.conf'"), "words\n");
	assert_int_equal(
		strlen(look(t, img, "mtype -i $i ::/EFI/BOOT/BOOTX64.EFI | head -c 60000")), 60000);
	assert_non_null(strstr(look(t, img, "mdir -i $i ::/"), "GOAT"));
	assert_non_null(strstr(look(t, img, "mdir -i $i ::/EFI/BOOT"), "2023-11-14  22:13"));
	tree_free(tree);
}

static void the_same_tree_gives_the_same_bytes(void **state)
{
	struct desk *t = *state;
	struct tree *tree = firmware();
	struct fat f = describe(t);
	const char *first = desk_file(t, "one", ""), *second = desk_file(t, "two", "");

	assert_int_equal(fat_write(&f, tree, first, 0, fat_size(tree)), 0);
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	(void)sleep(2); /* FAT counts two seconds */
	assert_int_equal(fat_write(&f, tree, second, 0, fat_size(tree)), 0);
	(void)unsetenv("TZ");
	assert_string_equal(digest_of(t, first), digest_of(t, second));
	tree_free(tree);
}

static void what_lies_around_stays(void **state)
{
	struct desk *t = *state;
	struct tree *tree = firmware();
	struct fat f = describe(t);
	const char *img = desk_file(t, "disk", "before");
	off_t size = fat_size(tree);
	struct stat st;

	assert_int_equal(truncate(img, size + (2 << 20)), 0);
	assert_int_equal(fat_write(&f, tree, img, 1 << 20, size), 0);
	assert_int_equal(stat(img, &st), 0);
	assert_int_equal(st.st_size, size + (2 << 20));
	assert_string_equal(text_of(t, "disk"), "before");
	tree_free(tree);
}

static void too_small_a_place_is_an_error(void **state)
{
	struct desk *t = *state;
	struct tree *tree = firmware();
	struct fat f = describe(t);
	const char *img = desk_file(t, "disk", "");
	struct caught c = caught_begin();
	int r = fat_write(&f, tree, img, 0, 128 << 10);

	assert_non_null(strstr(caught_end(t, c), "mcopy failed"));
	assert_int_equal(r, -1);
	tree_free(tree);
}

static void what_fat_has_not_is_an_error(void **state)
{
	struct desk *t = *state;
	struct tree *tree = firmware();
	struct fat f = describe(t);
	const char *img = desk_file(t, "disk", "");
	struct caught c = caught_begin();
	int r;

	assert_int_equal(tree_put_symlink(tree, "link", "EFI"), 0);
	r = fat_write(&f, tree, img, 0, fat_size(tree));
	assert_non_null(strstr(caught_end(t, c), "link: a FAT file system has only"));
	assert_int_equal(r, -1);
	tree_free(tree);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_tree_becomes_a_file_system),
		T(the_same_tree_gives_the_same_bytes),
		T(what_lies_around_stays),
		T(too_small_a_place_is_an_error),
		T(what_fat_has_not_is_an_error),
	};

	return cmocka_run_group_tests_name("fat", tests, NULL, NULL);
}
