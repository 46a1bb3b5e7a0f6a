#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../assembler/lock.h"

#define SUM "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744"

static struct arena *arena;
static struct diag *diag;
static char path[] = "/tmp/nanny-lock-XXXXXX";

static int setup(void **state)
{
	int fd;

	(void)state;
	memcpy(strrchr(path, '-') + 1, "XXXXXX", 6);
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	arena = arena_new();
	diag = diag_new();
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	diag_free(diag);
	arena_free(arena);
	return unlink(path);
}

static struct lock *load(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return lock_load(arena, diag, path);
}

static void a_line_is_a_package(void **state)
{
	const struct lock_entry *e;
	struct lock *l =
		load("# date 2026-11-24\n\n# a comment\n"
		     "runc amd64 trixie 1.1.15+ds1-2 3229748 " SUM " debian pool/r/runc.deb\n"
		     "runc arm64 trixie 1.1.15+ds1-2 17 " SUM " debian pool/r/runc64.deb\n"
		     "tzdata all trixie 2026a 18 " SUM " debian pool/t/tzdata.deb\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->n, 3);
	assert_int_equal(l->date, 1795478400); /* 2026-11-24 00:00 UTC */
	e = lock_find(l, "runc", "arm64");
	assert_non_null(e);
	assert_int_equal(e->size, 17);
	assert_string_equal(e->path, "pool/r/runc64.deb");
	assert_string_equal(e->archive, "debian");
	assert_non_null(lock_find(l, "tzdata", "arm64"));
	assert_null(lock_find(l, "runc", "s390x"));
	assert_null(lock_find(l, "crun", "amd64"));
}

static void a_package_may_be_several_lines_of_a_suite(void **state)
{
	const struct lock_entry *e;
	struct lock *l = load("linux arm64 later 7 1 " SUM " debian pool/linux-a%2bb_7_arm64.deb\n"
			      "linux arm64 stable 6 2 " SUM " debian pool/linux_6_arm64.deb\n"
			      "linux arm64 later 7 3 " SUM " debian pool/modules_7_arm64.deb\n"
			      "linux amd64 later 7 4 " SUM " debian pool/modules_7_amd64.deb\n");

	(void)state;
	e = lock_next(l, NULL, "linux", "arm64", "later");
	assert_int_equal(e->size, 1);
	assert_string_equal(lock_package_name(arena, e), "linux-a+b");
	e = lock_next(l, e, "linux", "arm64", "later");
	assert_int_equal(e->size, 3);
	assert_null(lock_next(l, e, "linux", "arm64", "later"));
	e = lock_next(l, NULL, "linux", "arm64", "stable");
	assert_int_equal(e->size, 2);
	assert_null(lock_next(l, e, "linux", "arm64", NULL));
	assert_ptr_equal(lock_find(l, "linux", "arm64"), &l->entry[0]);
	assert_null(lock_next(l, NULL, "linux", "amd64", "stable"));
}

static void every_bad_line_is_an_error(void **state)
{
	(void)state;
	assert_null(load("runc amd64 trixie 1.1 3229748 " SUM " debian\n"
			 "runc amd64 trixie 1.1 12 " SUM " debian pool/x one-too-many\n"
			 "runc amd64 trixie 1.1 12k " SUM " debian pool/x\n"
			 "runc amd64 trixie 1.1 12 3D3F debian pool/x\n"
			 "runc amd64 trixie 1.1 12 " SUM " debian /etc/passwd\n"
			 "runc amd64 trixie 1.1 12 " SUM " debian pool/../../x\n"
			 "# date yesterday\n"));
	assert_int_equal(diag_count(diag), 7);
}

static void a_lock_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	assert_null(lock_load(arena, diag, "/nonexistent/packages.lock"));
	assert_int_equal(diag_count(diag), 1);
	assert_null(lock_load(arena, diag, "/"));
	assert_int_equal(diag_count(diag), 2);
}

static void the_lock_of_this_tree_is_good(void **state)
{
	struct lock *l = lock_load(arena, diag, "packages.lock");

	(void)state;
	assert_non_null(l);
	assert_true(l->date > 0);
	assert_non_null(lock_find(l, "runc", "amd64"));
	assert_non_null(lock_find(l, "linux-image-arm64", "arm64"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_is_a_package),
		T(a_package_may_be_several_lines_of_a_suite),
		T(every_bad_line_is_an_error),
		T(a_lock_that_cannot_be_read_is_an_error),
		T(the_lock_of_this_tree_is_good),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
