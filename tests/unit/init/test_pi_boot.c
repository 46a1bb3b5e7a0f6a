/* The choice of a Raspberry Pi's firmware: a file's one sector, found in a FAT that mkfs.vfat made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../init/partition.h"
#include "../../../init/pi_boot.h"
#include "shell.h"

enum {
	FIRST = 64, /* sectors in front */
	KIB = 1024,
};

static char path[] = "/tmp/nanny-pi-XXXXXX";
static const struct table table = {.n = 1, .part = {{.number = 1, .first = FIRST}}};

static int make(void)
{
	const int offset = FIRST * TABLE_SECTOR;

	run("rm -f %s && mkfs.vfat -F 12 --offset %d -C %s %d >/dev/null", path, FIRST, path, KIB);
	run("printf '[all]\\ntryboot_a_b=1\\nboot_partition=2\\n[tryboot]\\nboot_partition=3\\n' "
	    ">%s.t && "
	    "MTOOLS_SKIP_CHECK=1 mcopy -i %s@@%d %s.t ::autoboot.txt && rm %s.t",
		path, path, offset, path, path);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void choosing_changes_one_sector(void **state)
{
	const struct slots_wish a = {'a', 'a'}, b = {'a', 'b'};
	static uint8_t before[(KIB + 100) * 1024], after[sizeof(before)];
	int fd = make(), differ = 0;
	ssize_t n = pread(fd, before, sizeof(before), 0);

	(void)state;
	assert_true(n > 0);
	assert_true(pi_boot_is_here(fd, &table));
	assert_int_equal(pi_boot_follow(fd, &table, a), 0);
	assert_int_equal(pread(fd, after, sizeof(after), 0), n);
	assert_memory_equal(before, after, (size_t)n);
	assert_int_equal(pi_boot_follow(fd, &table, b), 0);
	assert_int_equal(pread(fd, after, sizeof(after), 0), n);
	for (ssize_t i = 0; i < n; i++)
		differ += before[i] != after[i];
	assert_int_equal(differ, 2);
	(void)close(fd);
	run("test \"$(mtype -i %s@@%d ::autoboot.txt | tr '\\n' ' ')\" = "
	    "'[all] tryboot_a_b=1 boot_partition=3 [tryboot] boot_partition=2 '",
		path, FIRST * TABLE_SECTOR);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pi_boot_follow(fd, &table, a), 0);
	assert_int_equal(pread(fd, after, sizeof(after), 0), n);
	assert_memory_equal(before, after, (size_t)n);
	(void)close(fd);
}

static void what_somebody_wrote_is_left(void **state)
{
	const struct slots_wish b = {'a', 'b'};
	int fd = make();

	(void)state;
	(void)close(fd);
	run("echo boot_partition=7 >%s.t && mcopy -o -i %s@@%d %s.t ::autoboot.txt && rm %s.t",
		path, path, FIRST * TABLE_SECTOR, path, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pi_boot_follow(fd, &table, b), -EBADMSG);
	(void)close(fd);
	run("mdel -i %s@@%d ::autoboot.txt", path, FIRST * TABLE_SECTOR);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_false(pi_boot_is_here(fd, &table));
	(void)close(fd);
}

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	(void)close(fd);
	return fd < 0;
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choosing_changes_one_sector),
		cmocka_unit_test(what_somebody_wrote_is_left),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
