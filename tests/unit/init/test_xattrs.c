/*
 * The list of extended attributes, read in pieces of any size: sys.h is played here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../../init/sys.h"
#include "../../../init/xattrs.h"

static const char *file;
static size_t file_at, piece;
static char set[65536];

int64_t sys_now_ms(void)
{
	return 0;
}

int sys_unsent(int fd)
{
	(void)fd;
	return 0;
}

void sys_sleep_ms(int ms)
{
	(void)ms;
}

int sys_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	file_at = 0;
	return file ? 5 : -ENOENT;
}

void sys_close(int *fd)
{
	*fd = -1;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	size_t n = strlen(file) - file_at;

	(void)fd;
	n = n < size ? n : size;
	n = n < piece ? n : piece;
	memcpy(buf, file + file_at, n);
	file_at += n;
	return (ssize_t)n;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	(void)fd;
	(void)buf;
	return (ssize_t)size;
}

void *sys_map(size_t size)
{
	(void)size;
	return NULL;
}

int sys_setxattr(const char *path, const char *name, const void *value, size_t size)
{
	size_t len = strlen(set);

	if (strcmp(name, "refused") == 0)
		return -EOPNOTSUPP;
	snprintf(set + len, sizeof(set) - len, "%s %s %zu %.*s|", path, name, size, (int)size,
		(const char *)value);
	return 0;
}

static unsigned apply(const char *text, size_t bytes_a_read)
{
	file = text;
	piece = bytes_a_read;
	set[0] = '\0';
	return xattrs_apply("/etc/nanny/xattrs");
}

static void lines_are_read_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t n = 1; n < 80; n++) {
		assert_int_equal(apply("6162 user.a /bin/x\n"
				       "63 security.capability /usr/bin/a file with spaces\n",
					 n),
			0);
		assert_string_equal(set, "/bin/x user.a 2 ab|"
					 "/usr/bin/a file with spaces security.capability 1 c|");
	}
}

static void no_list_is_no_error(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, 1), 0);
	assert_int_equal(apply("", 1), 0);
}

static void a_bad_line_is_counted_and_the_others_are_done(void **state)
{
	(void)state;
	assert_int_equal(apply("abc user.a /odd\n"
			       "zz user.a /nohex\n"
			       "justone\n"
			       "61 refused /no\n"
			       "61 user.a /good\n",
				 4096),
		4);
	assert_string_equal(set, "/good user.a 1 a|");
}

static void a_line_that_is_too_long_ends_it(void **state)
{
	static char text[20000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(apply(text, 1000), 1);
	assert_string_equal(set, "");
}

static void an_empty_value_is_set(void **state)
{
	(void)state;
	assert_int_equal(apply(" user.empty /x\n", 100), 0);
	assert_string_equal(set, "/x user.empty 0 |");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_in_pieces_of_any_size),
		cmocka_unit_test(no_list_is_no_error),
		cmocka_unit_test(a_bad_line_is_counted_and_the_others_are_done),
		cmocka_unit_test(a_line_that_is_too_long_ends_it),
		cmocka_unit_test(an_empty_value_is_set),
	};

	return cmocka_run_group_tests_name("xattrs", tests, NULL, NULL);
}
