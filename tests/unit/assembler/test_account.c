#include "back.h"

#include "../../../assembler/account.h"

static const struct accounts accounts = {
	.passwd = "root:x:0:0:root:/root:/bin/sh\n"
		  "# no line\n"
		  "short:x:5\n"
		  "bad:x:one:1::/:\n"
		  "77:x:78:79::/:\n"
		  "goat:x:1000:100:Goat:/home/goat:/bin/sh\n"
		  "goat:x:2000:200:another:/:\n"
		  "nobody:x:65534:65534",
	.group = "root:x:0:root,goat\nusers:x:100:\nhay:x:50:sheep,goat\nfeed:x:51:goat\n"
		 "goats:x:52:goatee\nbroken:x:y:goat\nempty:x:53",
};

static void a_user_is_who_the_image_says(void **state)
{
	static const struct {
		const char *user, *want;
	} rows[] = {
		{"", "0:0"},
		{"root", "0:0"},
		{"0", "0:0"},
		{"goat", "1000:100+0+50+51"},
		{"1000", "1000:100+0+50+51"},
		{"goat:", "1000:100"},
		{"goat:hay", "1000:50"},
		{"goat:77", "1000:77"},
		{"goat:50", "1000:50"},
		{"77", "78:79"}, /* a name before it is a number */
		{"78", "78:79"},
		{"123", "123:0"},
		{"123:feed", "123:51"},
		{":feed", "0:51"},
		{"root:0", "0:0"},
		{"nobody", "65534:65534"},
		{"nobody:empty", "65534:53"},
		{"4294967294", "4294967294:0"},
		{"short", "its /etc/passwd has no user 'short'"},
		{"sheep", "its /etc/passwd has no user 'sheep'"},
		{"bad", "its /etc/passwd has no user 'bad'"},
		{"goat:wool", "its /etc/group has no group 'wool'"},
		{"goat:broken", "its /etc/group has no group 'broken'"},
		{"4294967295", "its /etc/passwd has no user '4294967295'"},
		{"a:b:c", "'a:b:c' has more than one ':'"},
		{"Goat", "its /etc/passwd has no user 'Goat'"},
		{"# no line", "its /etc/passwd has no user '# no line'"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct account got;
		const char *text = account_find(t->a, &accounts, rows[i].user, &got);

		if (!text)
			text = arena_printf(t->a, "%u:%u", got.uid, got.gid);
		for (size_t k = 0; k < got.n_more; k++)
			text = arena_printf(t->a, "%s+%u", text, got.more[k]);
		assert_string_equal(text, rows[i].want);
	}
}

static void without_lists_there_are_numbers(void **state)
{
	const struct accounts none = {NULL, NULL};
	struct desk *t = *state;
	struct account got;

	assert_null(account_find(t->a, &none, "5:6", &got));
	assert_int_equal(got.uid, 5);
	assert_int_equal(got.gid, 6);
	assert_non_null(account_find(t->a, &none, "goat", &got));
	assert_non_null(account_find(t->a, &none, "5:hay", &got));
}

static void the_lists_are_read_inside_of_the_image(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct accounts read = accounts_read(t->a, tree);

	assert_null(read.passwd);
	assert_int_equal(tree_put_file(tree, "usr/passwd", 0600, "a:x:1:2", 7), 0);
	assert_int_equal(tree_put_symlink(tree, "etc/passwd", "/usr/passwd"), 0);
	assert_int_equal(tree_put_symlink(tree, "etc/group", "../../../../../../etc/group"), 0);
	read = accounts_read(t->a, tree);
	assert_string_equal(read.passwd, "a:x:1:2");
	assert_null(read.group);
	tree_free(tree);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(a_user_is_who_the_image_says),
		T(without_lists_there_are_numbers),
		T(the_lists_are_read_inside_of_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
