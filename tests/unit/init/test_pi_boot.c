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
#include "../../../lib/autoboot.h"
#include "../../../lib/fat_root.h"

enum {
	FIRST = 64, /* sectors in front */
};

static char path[] = "/tmp/nanny-pi-XXXXXX";
static const struct table table = {.n = 1, .part = {{.number = 1, .first = FIRST}}};

static void run(const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	assert_int_equal(system(line), 0);
}

/* With so many files before the one that is looked for that its folder has several clusters. */
static int make(int kind, int kib, int files)
{
	const int offset = FIRST * TABLE_SECTOR;
	int fd;

	run("truncate -s 0 %s && truncate -s %d %s && mkfs.vfat -F %d -s 1 --offset %d %s %d "
	    ">/dev/null",
		path, offset + kib * 1024, path, kind, FIRST, path, kib);
	run("mkdir -p %s.d && cd %s.d && for i in $(seq %d); do echo $i >a-long-name-$i.text; "
	    "done; "
	    "printf '[all]\\ntryboot_a_b=1\\nboot_partition=2\\n[tryboot]\\nboot_partition=3\\n' "
	    ">autoboot.txt; "
	    "MTOOLS_SKIP_CHECK=1 mcopy -i %s@@%d *.text autoboot.txt :: && mdel -i %s@@%d "
	    "::a-long-name-1.text && rm -r "
	    "%s.d",
		path, path, files, path, offset, path, offset, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void each_kind_of_fat(void **state)
{
	static const struct {
		int kind, kib, files;
	} rows[] = {{12, 1024, 8}, {16, 16384, 100}, {32, 40960, 300}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = make(rows[i].kind, rows[i].kib, rows[i].files);
		uint8_t sector[TABLE_SECTOR];
		uint64_t at;

		assert_int_equal(
			fat_root_find(partition_read_sectors, &fd, FIRST, "autoboot.txt", &at), 0);
		assert_int_equal(partition_read_sectors(&fd, at, sector, 1), 0);
		assert_int_equal(autoboot_slot(sector), 'a');
		assert_int_equal(
			fat_root_find(partition_read_sectors, &fd, FIRST, "config.txt", &at),
			-ENOENT);
		(void)close(fd);
	}
}

static void choosing_changes_one_sector(void **state)
{
	const struct slots_wish a = {'a', 'a'}, b = {'a', 'b'};
	static uint8_t before[1100 * 1024], after[sizeof(before)];
	int fd = make(12, 1024, 3), differ = 0;
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
	int fd = make(12, 1024, 3);

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

/* Each byte of what says how the file system is laid out, with each value: an answer, and an end.
 */
static void a_head_from_anywhere(void **state)
{
	int fd = make(32, 40960, 3);
	uint8_t head[TABLE_SECTOR];
	uint64_t at;

	(void)state;
	assert_int_equal(partition_read_sectors(&fd, FIRST, head, 1), 0);
	for (size_t i = 11; i < 48; i++) {
		const uint8_t was = head[i];

		for (unsigned v = 0; v < 256; v += i == 13 ? 1 : 5) {
			head[i] = (uint8_t)v;
			assert_int_equal(
				pwrite(fd, head, sizeof(head), FIRST * TABLE_SECTOR), sizeof(head));
			(void)fat_root_find(
				partition_read_sectors, &fd, FIRST, "autoboot.txt", &at);
		}
		head[i] = was;
	}
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
		cmocka_unit_test(each_kind_of_fat),
		cmocka_unit_test(choosing_changes_one_sector),
		cmocka_unit_test(what_somebody_wrote_is_left),
		cmocka_unit_test(a_head_from_anywhere),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
