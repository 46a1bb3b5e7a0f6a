/* The kernel's command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/cmdline.h"

static void words_are_taken_exactly(void **state)
{
	static const char line[] = "quiet linuxkit.runc_debug=1 x=linuxkit.runc_console=1 a=10";

	(void)state;
	assert_true(cmdline_has(line, "quiet"));
	assert_true(cmdline_has(line, "linuxkit.runc_debug=1"));
	assert_true(cmdline_has(line, "a=10"));
	assert_false(cmdline_has(line, "linuxkit.runc_console=1"));
	assert_false(cmdline_has(line, "a=1"));
	assert_false(cmdline_has("", "quiet"));
}

static void every_console_is_found(void **state)
{
	const char *at = " console=tty0  noconsole=x console=ttyS0,115200n8\tconsole=\n"
			 "console=one-that-is-too-long-for-it console=hvc0";
	char tty[16];

	(void)state;
	assert_true(cmdline_next(&at, "console=", tty, sizeof(tty)));
	assert_string_equal(tty, "tty0");
	assert_true(cmdline_next(&at, "console=", tty, sizeof(tty)));
	assert_string_equal(tty, "ttyS0");
	assert_true(cmdline_next(&at, "console=", tty, sizeof(tty)));
	assert_string_equal(tty, "");
	assert_true(cmdline_next(&at, "console=", tty, sizeof(tty)));
	assert_string_equal(tty, "hvc0");
	assert_false(cmdline_next(&at, "console=", tty, sizeof(tty)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_taken_exactly),
		cmocka_unit_test(every_console_is_found),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
