#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../assembler/cache.h"
#include "../../../assembler/proc.h"
#include "../../../assembler/sha256.h"

static struct arena *arena;
static char folder[] = "/tmp/nanny-cache-XXXXXX";

static int setup(void **state)
{
	(void)state;
	memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
	if (!mkdtemp(folder))
		return -1;
	arena = arena_new();
	return setenv("XDG_CACHE_HOME", folder, 1);
}

static int teardown(void **state)
{
	const char *const argv[] = {"rm", "-rf", folder, NULL};

	(void)state;
	arena_free(arena);
	return proc_run(argv);
}

static int entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	assert_int_equal(closedir(d), 0);
	return n - 2;
}

static void a_file_appears_whole_and_only_when_committed(void **state)
{
	char *path = cache_path(arena, "kind/deep", "name");
	char *dir = arena_printf(arena, "%s/nanny/kind/deep", folder);
	char *tmp;
	int fd = cache_begin(arena, path, &tmp);
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(cache_commit(fd, tmp, path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 0777, 0666 & ~(mode_t)022);
	assert_int_equal(entries(dir), 1);
}

static void an_aborted_file_leaves_nothing(void **state)
{
	char *path = cache_path(arena, "kind", "name");
	char *tmp;
	int fd = cache_begin(arena, path, &tmp);

	(void)state;
	assert_true(fd >= 0);
	cache_abort(fd, tmp);
	assert_int_equal(entries(arena_printf(arena, "%s/nanny/kind", folder)), 0);
}

static void a_commit_that_fails_leaves_the_old_file(void **state)
{
	char *path = cache_path(arena, "kind", "name");
	char *tmp;
	int fd = cache_begin(arena, path, &tmp);

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0); /* rename(2) of a file onto a folder fails */
	assert_int_equal(cache_commit(fd, tmp, path), -1);
	assert_int_equal(entries(arena_printf(arena, "%s/nanny/kind", folder)), 1);
}

static void a_sum_is_that_of_the_content(void **state)
{
	char *path = arena_printf(arena, "%s/f", folder);
	FILE *f = fopen(path, "w");
	uint8_t sum[32];
	char hex[65];

	(void)state;
	assert_true(f && fputs("abc", f) >= 0 && fclose(f) == 0);
	assert_int_equal(sha256_file(path, sum), 0);
	sha256_hex(sum, hex);
	/* FIPS 180-4's own example */
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(sha256_file("/nonexistent", sum) < 0);
}

static void a_program_s_end_is_told_as_a_shell_would(void **state)
{
	const char *const seven[] = {"sh", "-c", "exit 7", NULL};
	const char *const killed[] = {"sh", "-c", "kill -9 $$", NULL};
	const char *const nothing[] = {"/nonexistent/program", NULL};

	(void)state;
	assert_int_equal(proc_run(seven), 7);
	assert_int_equal(proc_run(killed), 128 + 9);
	assert_int_equal(proc_run(nothing), -1);
}

static void what_a_program_prints_is_caught(void **state)
{
	const char *const argv[] = {"sh", "-c", "printf 'a b\\n'; printf 'c'; exit 3", NULL};
	const char *const much[] = {"head", "-c", "300000", "/dev/zero", NULL};
	char *out;
	size_t len;

	(void)state;
	assert_int_equal(proc_capture(arena, argv, &out, &len), 3);
	assert_string_equal(out, "a b\nc");
	assert_int_equal(len, 5);
	assert_int_equal(proc_capture(arena, much, &out, &len), 0);
	assert_int_equal(len, 300000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_appears_whole_and_only_when_committed),
		T(an_aborted_file_leaves_nothing),
		T(a_commit_that_fails_leaves_the_old_file),
		T(a_sum_is_that_of_the_content),
		T(a_program_s_end_is_told_as_a_shell_would),
		T(what_a_program_prints_is_caught),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
