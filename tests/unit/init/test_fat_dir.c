/* A file in the root folder of a FAT, without a file system's driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../../lib/fat_dir.h"

enum {
	DISK = 64 * FAT_SECTOR,
	FIXED = 3,   /* sector of the root folder of FAT12 and FAT16 */
	DATA = 5,    /* of the cluster 2 with FAT32 */
	LONG = 0x0f, /* attributes */
	FOLDER = 0x10,
	ARCHIVE = 0x20,
};

static uint8_t disk[DISK], entry[FAT_ENTRY];
static char name[FAT_NAME];
static uint64_t broken_at; /* cannot be read from here on */

static int read_disk(void *ctx, uint64_t at, void *buf, size_t n)
{
	(void)ctx;
	if (at + n > DISK || at + n > broken_at)
		return -EIO;
	memcpy(buf, disk + at, n);
	return 0;
}

static void put(size_t at, uint32_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		disk[at + i] = (uint8_t)(v >> 8 * i);
}

/* One sector reserved, two tables; FAT32 has its root folder in a chain of clusters. */
static void format(uint32_t root_entries, uint32_t table_sectors, uint32_t first)
{
	memset(disk, 0, sizeof(disk));
	broken_at = DISK;
	put(11, FAT_SECTOR, 2);
	put(13, 1, 1);
	put(14, 1, 2);
	put(16, 2, 1);
	put(17, root_entries, 2);
	put(first ? 36 : 22, table_sectors, 2);
	put(44, first, 4);
	put(510, 0xaa55, 2);
}

static void put_entry(size_t sector, size_t i, const char *text, uint8_t attributes)
{
	uint8_t *e = disk + sector * FAT_SECTOR + i * FAT_ENTRY;

	memcpy(e, text, FAT_NAME);
	e[11] = attributes;
	e[28] = (uint8_t)(sector + i);
}

static int find(const char *text)
{
	assert_true(fat_name(text, name));
	return fat_find(read_disk, NULL, name, entry);
}

static void a_name_is_eight_and_three(void **state)
{
	static const char *const good[][2] = {{"reset.txt", "RESET   TXT"},
		{"RESET", "RESET      "}, {"a-b_c-12.x", "A-B_C-12X  "}};
	static const char *const bad[] = {"", ".txt", "reset.", "factory-reset", "reset.text",
		"a.b.c", "a b", "re/set", "r\303\244set"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(fat_name(good[i][0], name));
		assert_memory_equal(name, good[i][1], FAT_NAME);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(fat_name(bad[i], name));
}

static void it_is_found_in_a_folder_of_fixed_size(void **state)
{
	(void)state;
	format(32, 1, 0);
	put_entry(FIXED, 0, "NANNY      ", 0x08);
	put_entry(FIXED, 1, "RESET   TXT", LONG);
	put_entry(FIXED, 2, "RESET   TXT", FOLDER);
	put_entry(FIXED, 3, "\345ESET   TXT", ARCHIVE);
	for (size_t i = 4; i < 17; i++)
		put_entry(FIXED, i, "OTHER   TXT", ARCHIVE);
	assert_int_equal(find("reset.txt"), 0);
	put_entry(FIXED + 1, 1, "RESET   TXT", ARCHIVE);
	assert_int_equal(find("reset.txt"), 1);
	assert_int_equal(entry[28], FIXED + 2);
	/* What is behind the last entry was never one. */
	memset(disk + (FIXED + 1) * FAT_SECTOR, 0, FAT_ENTRY);
	assert_int_equal(find("reset.txt"), 0);
}

static void it_ends_where_the_folder_ends(void **state)
{
	(void)state;
	format(16, 1, 0);
	for (size_t i = 0; i < 16; i++)
		put_entry(FIXED, i, "OTHER   TXT", ARCHIVE);
	put_entry(FIXED + 1, 0, "RESET   TXT", ARCHIVE);
	assert_int_equal(find("reset.txt"), 0);
}

/* The root folder in the clusters 2, 5. */
static void chain(void)
{
	format(0, 2, 2);
	put(FAT_SECTOR + 2 * 4, 5, 4);
	put(FAT_SECTOR + 5 * 4, 0xf0000000 | 0x0fffffff, 4);
	for (size_t i = 0; i < 16; i++)
		put_entry(DATA, i, "OTHER   TXT", ARCHIVE);
}

static void it_is_found_in_a_chain_of_clusters(void **state)
{
	(void)state;
	chain();
	assert_int_equal(find("reset.txt"), 0);
	put_entry(DATA + 3, 2, "OTHER   TXT", ARCHIVE);
	put_entry(DATA + 3, 0, "RESET   TXT", ARCHIVE);
	assert_int_equal(find("reset.txt"), 1);
	assert_int_equal(entry[28], DATA + 3);
}

static void a_chain_that_is_damaged_is_an_error(void **state)
{
	(void)state;
	chain();
	for (size_t i = 0; i < 16; i++)
		put_entry(DATA + 3, i, "OTHER   TXT", ARCHIVE);
	put(FAT_SECTOR + 5 * 4, 2, 4);
	assert_int_equal(find("reset.txt"), -EINVAL);
	put(FAT_SECTOR + 5 * 4, 0, 4);
	assert_int_equal(find("reset.txt"), -EINVAL);
	put(FAT_SECTOR + 5 * 4, 0x0ffffff0, 4);
	assert_int_equal(find("reset.txt"), -EIO);
}

static void what_is_no_fat_is_an_error(void **state)
{
	static const struct {
		size_t at, n;
	} fields[] = {{11, 2}, {13, 1}, {14, 2}, {16, 1}, {22, 2}, {510, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		format(16, 1, 0);
		put(fields[i].at, 0, fields[i].n);
		assert_int_equal(find("reset.txt"), -EINVAL);
	}
	format(16, 1, 0);
	put(11, 513, 2);
	assert_int_equal(find("reset.txt"), -EINVAL);
	format(16, 1, 0);
	broken_at = FIXED * FAT_SECTOR;
	assert_int_equal(find("reset.txt"), -EIO);
	broken_at = 0;
	assert_int_equal(find("reset.txt"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_eight_and_three),
		cmocka_unit_test(it_is_found_in_a_folder_of_fixed_size),
		cmocka_unit_test(it_ends_where_the_folder_ends),
		cmocka_unit_test(it_is_found_in_a_chain_of_clusters),
		cmocka_unit_test(a_chain_that_is_damaged_is_an_error),
		cmocka_unit_test(what_is_no_fat_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
