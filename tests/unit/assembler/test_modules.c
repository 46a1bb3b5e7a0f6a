#include "world.h"

#include "../../../assembler/modules.h"

static const char *names[8];
static struct mark marks[8];

static struct board board_with(size_t n, ...)
{
	struct board b = {.name = "test", .modules = names, .modules_at = marks, .n_modules = n};
	va_list ap;

	va_start(ap, n);
	for (size_t i = 0; i < n; i++) {
		names[i] = va_arg(ap, const char *);
		marks[i] = (struct mark){"board.yml", (int)i + 10, 5};
	}
	va_end(ap);
	return b;
}

static void put(struct desk *t, struct tree *all, const char *path, const char *depends)
{
	const char *file = arena_printf(t->a, "m/%s", strrchr(path, '/') + 1);
	int fd;

	world_module(t, file, depends);
	fd = open(desk_path(t, file), O_RDONLY | O_CLOEXEC);
	assert_int_equal(tree_put_fd(all, path, 0644, fd), 0);
	(void)close(fd);
}

static struct tree *modules(struct desk *t)
{
	static const char builtin[] = "kernel/fs/ext4/ext4.ko\nkernel/lib/crc-16.ko\n";
	struct tree *all = tree_new();

	put(t, all, "6.1/kernel/a.ko.xz", "b-b,c");
	put(t, all, "6.1/kernel/b-b.ko.xz", "c,crc_16,ext4");
	put(t, all, "6.1/kernel/c.ko", "");
	put(t, all, "6.1/kernel/loop1.ko", "loop2");
	put(t, all, "6.1/kernel/loop2.ko", "loop1");
	put(t, all, "6.1/kernel/broken.ko", "not_there");
	assert_int_equal(
		tree_put_file(all, "6.1/modules.builtin", 0644, builtin, sizeof(builtin) - 1), 0);
	return all;
}

static int choose(struct desk *t, struct board b, bool lenient, struct tree *to, char **ret_order)
{
	struct tree *all = modules(t);
	const struct modules_request q = {t->a, t->d, &b, all, to, lenient};
	struct caught c = caught_begin();
	int r = modules_select(&q, ret_order);

	(void)caught_end(t, c);
	tree_free(all);
	return r;
}

static void what_is_needed_comes_first_and_once(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(3, "a", "c", "a"), false, to, &order), 0);
	assert_string_equal(order, "/lib/modules/6.1/kernel/c.ko\n"
				   "/lib/modules/6.1/kernel/b-b.ko\n"
				   "/lib/modules/6.1/kernel/a.ko\n");
	assert_memory_equal(content(t, to, "6.1/kernel/a.ko"), "\177ELF", 4);
	assert_null(tree_get(to, "6.1/kernel/a.ko.xz"));
	assert_null(tree_get(to, "6.1/kernel/loop1.ko"));
	tree_free(to);
}

static void a_dash_and_an_underscore_are_the_same(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(2, "b_b", "b-b"), false, to, &order), 0);
	assert_string_equal(
		order, "/lib/modules/6.1/kernel/c.ko\n/lib/modules/6.1/kernel/b-b.ko\n");
	tree_free(to);
}

static void a_module_that_is_built_in_is_there(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(2, "ext4", "crc_16"), false, to, &order), 0);
	assert_string_equal(order, "");
	tree_free(to);
}

static void parameters_stay_with_their_module(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(1, "c  debug=1 x=2"), false, to, &order), 0);
	assert_string_equal(order, "/lib/modules/6.1/kernel/c.ko debug=1 x=2\n");
	tree_free(to);
}

static void an_unknown_module_is_an_error_at_its_line(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(3, "c", "ext5", "loop3"), false, to, &order), -1);
	assert_said(t, "board.yml:11:5: the kernel has no module 'ext5'; did you mean 'ext4'?");
	assert_said(t, "board.yml:12:5: the kernel has no module 'loop3'");
	desk_again(t);
	assert_int_equal(choose(t, board_with(2, "ext5", "c"), true, to, &order), 0);
	assert_string_equal(order, "/lib/modules/6.1/kernel/c.ko\n");
	assert_silent(t);
	tree_free(to);
}

static void modules_in_a_circle_end(void **state)
{
	struct desk *t = *state;
	struct tree *to = tree_new();
	char *order;

	assert_int_equal(choose(t, board_with(1, "loop1"), false, to, &order), 0);
	assert_int_equal(choose(t, board_with(1, "broken"), false, to, &order), -1);
	tree_free(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_needed_comes_first_and_once),
		cmocka_unit_test(a_dash_and_an_underscore_are_the_same),
		cmocka_unit_test(a_module_that_is_built_in_is_there),
		cmocka_unit_test(parameters_stay_with_their_module),
		cmocka_unit_test(an_unknown_module_is_an_error_at_its_line),
		cmocka_unit_test(modules_in_a_circle_end),
	};

	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
