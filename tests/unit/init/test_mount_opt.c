#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mount.h>

#include "../../../init/mount_opt.h"

static struct mount_opt parse(const char *const *options)
{
	struct mount_opt o = {0};

	for (size_t i = 0; options[i]; i++)
		assert_true(mount_opt_add(&o, options[i]));
	return o;
}

static void flags_are_set_and_cleared_in_order(void **state)
{
	static const char *const options[] = {
		"nosuid", "noexec", "ro", "rw", "suid", "rbind", "relatime", NULL};
	struct mount_opt o = parse(options);

	(void)state;
	assert_int_equal(o.flags, MS_NOEXEC | MS_BIND | MS_REC | MS_RELATIME);
	assert_int_equal(o.propagation, 0);
	assert_string_equal(o.data, "");
}

static void propagation_is_kept_apart(void **state)
{
	static const char *const options[] = {"bind", "rshared", NULL};
	struct mount_opt o = parse(options);

	(void)state;
	assert_int_equal(o.flags, MS_BIND);
	assert_int_equal(o.propagation, MS_SHARED | MS_REC);
}

static void what_is_no_flag_is_the_file_system_s(void **state)
{
	static const char *const options[] = {"size=64m", "defaults", "mode=755", NULL};
	struct mount_opt o = parse(options);

	(void)state;
	assert_string_equal(o.data, "size=64m,mode=755");
	assert_int_equal(o.flags, 0);
}

static void too_much_data_is_refused(void **state)
{
	struct mount_opt o = {0};
	char option[600];

	(void)state;
	memset(option, 'x', sizeof(option) - 1);
	option[sizeof(option) - 1] = '\0';
	assert_true(mount_opt_add(&o, option));
	assert_false(mount_opt_add(&o, option));
	assert_int_equal(strlen(o.data), sizeof(option) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_set_and_cleared_in_order),
		cmocka_unit_test(propagation_is_kept_apart),
		cmocka_unit_test(what_is_no_flag_is_the_file_system_s),
		cmocka_unit_test(too_much_data_is_refused),
	};

	return cmocka_run_group_tests_name("mount_opt", tests, NULL, NULL);
}
