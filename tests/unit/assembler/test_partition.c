#include "world.h"

#include "../../../assembler/partition.h"

enum {
	MIB = 1 << 20
};

/* sfdisk's own words for what is in the file. */
static const char *table_of(struct desk *t, const char *img)
{
	const char *argv[] = {"sh", "-c",
		arena_printf(t->a, "sfdisk -d %s >%s", img, desk_path(t, "dump")), NULL};

	assert_int_equal(world_run(argv), 0);
	return text_of(t, "dump");
}

static const char *empty(struct desk *t, const char *name, off_t size)
{
	const char *img = desk_file(t, name, "");

	assert_int_equal(truncate(img, size), 0);
	return img;
}

static void partitions_begin_at_whole_mib(void **state)
{
	struct partition p[] = {{.size = MIB + 1}, {.size = MIB}};

	(void)state;
	assert_int_equal(partition_plan(p, 2), 5 * MIB);
	assert_int_equal(p[0].start, MIB);
	assert_int_equal(p[0].size, 2 * MIB);
	assert_int_equal(p[1].start, 3 * MIB);
}

static void an_mbr_has_what_was_asked_for(void **state)
{
	struct desk *t = *state;
	struct partition p[] = {
		{.type = "c", .size = 2 * MIB, .is_active = true}, {.type = "83", .size = MIB}};
	const char *img = empty(t, "disk", partition_plan(p, 2)), *is;

	assert_int_equal(partition_write(t->a, 0, img, PARTITION_MBR, "seed", p, 2), 0);
	is = table_of(t, img);
	assert_non_null(strstr(is, "label: dos"));
	assert_non_null(strstr(is, "start=        2048, size=        4096, type=c, bootable"));
	assert_non_null(strstr(is, "start=        6144, size=        2048, type=83\n"));
}

static void a_gpt_has_names_and_ids_of_its_seed(void **state)
{
	struct desk *t = *state;
	struct partition p[] = {{.type = "U", .name = "boot", .size = 2 * MIB},
		{.type = "L", .name = "data", .size = MIB}};
	off_t size = partition_plan(p, 2);
	const char *one = empty(t, "one", size), *two = empty(t, "two", size),
		   *other = empty(t, "other", size);

	assert_int_equal(partition_write(t->a, 0, one, PARTITION_GPT, "seed", p, 2), 0);
	assert_int_equal(partition_write(t->a, 9, two, PARTITION_GPT, "seed", p, 2), 0);
	assert_int_equal(partition_write(t->a, 0, other, PARTITION_GPT, "deed", p, 2), 0);
	assert_string_equal(digest_of(t, one), digest_of(t, two));
	assert_string_not_equal(digest_of(t, one), digest_of(t, other));
	assert_non_null(strstr(table_of(t, one), "name=\"data\""));
	assert_non_null(strstr(table_of(t, one), "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));
}

static void what_partitions_hold_is_untouched(void **state)
{
	struct desk *t = *state;
	struct partition p[] = {{.type = "c", .size = 2 * MIB}};
	const char *img = empty(t, "disk", partition_plan(p, 1));
	int fd = open(img, O_RDWR | O_CLOEXEC);
	char held[8] = "";

	assert_int_equal(pwrite(fd, "content", 7, MIB), 7);
	assert_int_equal(partition_write(t->a, 0, img, PARTITION_MBR, "seed", p, 1), 0);
	assert_int_equal(pread(fd, held, 7, MIB), 7);
	assert_string_equal(held, "content");
	(void)close(fd);
}

static void a_disk_too_small_is_an_error(void **state)
{
	struct desk *t = *state;
	struct partition p[] = {{.type = "c", .size = 2 * MIB}};
	const char *img = empty(t, "disk", partition_plan(p, 1) / 2);
	struct caught c = caught_begin();
	int r = partition_write(t->a, 0, img, PARTITION_MBR, "seed", p, 1);

	assert_non_null(strstr(caught_end(t, c), "sfdisk failed"));
	assert_int_equal(r, -1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(partitions_begin_at_whole_mib),
		T(an_mbr_has_what_was_asked_for),
		T(a_gpt_has_names_and_ids_of_its_seed),
		T(what_partitions_hold_is_untouched),
		T(a_disk_too_small_is_an_error),
	};

	return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
