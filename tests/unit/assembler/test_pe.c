#include "world.h"

#include "../../../assembler/pe.h"

enum {
	AT = 0x40,
	TABLE = AT + 24 + 112,
	HEADERS = 0x400,
	STUB = 0x600,
};

static void put(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

/* A program with one section and room for more. */
static uint8_t *stub(struct desk *t)
{
	uint8_t *s = arena_alloc(t->a, STUB);

	memcpy(s, "MZ", 2);
	s[0x3c] = AT;
	memcpy(s + AT, "PE\0\0", 4);
	s[AT + 6] = 1;
	s[AT + 20] = 112;
	memcpy(s + AT + 24, "\x0b\x02", 2);
	put(s + AT + 24 + 32, 0x1000);
	put(s + AT + 24 + 36, 0x200);
	put(s + AT + 24 + 56, 0x3000);
	put(s + AT + 24 + 60, HEADERS);
	put(s + AT + 24 + 64, 0x1234);
	memcpy(s + TABLE, ".text", 5);
	memset(s + HEADERS, 'c', STUB - HEADERS);
	return s;
}

static int write_it(struct desk *t, const void *s, size_t size, const struct pe_section *sections,
	size_t n, const char **ret_said)
{
	int fd = open(desk_file(t, "program", ""), O_RDWR | O_CLOEXEC);
	struct caught c = caught_begin();
	int r = pe_write(fd, s, size, sections, n);

	*ret_said = caught_end(t, c);
	(void)close(fd);
	return r;
}

static uint32_t number(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static void sections_are_added_behind_the_program(void **state)
{
	struct desk *t = *state;
	const struct pe_section s[] = {{".cmdline", NULL, "quiet"},
		{".linux", desk_file(t, "kernel", "the kernel"), NULL}};
	static uint8_t all[0x2000];
	const char *said;
	int fd;

	assert_int_equal(write_it(t, stub(t), STUB, s, 2, &said), 0);
	fd = open(desk_path(t, "program"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, all, sizeof(all)), STUB + 2 * 0x200);
	(void)close(fd);
	assert_int_equal(all[AT + 6], 3);
	assert_int_equal(number(all + AT + 24 + 56), 0x5000);
	assert_int_equal(number(all + AT + 24 + 64), 0); /* the old sum would be wrong */
	assert_memory_equal(all + TABLE + 40, ".cmdline", 8);
	assert_int_equal(number(all + TABLE + 40 + 8), 5);
	assert_int_equal(number(all + TABLE + 40 + 12), 0x3000);
	assert_int_equal(number(all + TABLE + 80 + 12), 0x4000);
	assert_int_equal(number(all + TABLE + 80 + 20), STUB + 0x200);
	assert_memory_equal(all + STUB, "quiet", 6);
	assert_memory_equal(all + STUB + 0x200, "the kernel", 11);
}

static void what_is_no_program_is_refused(void **state)
{
	struct desk *t = *state;
	const struct pe_section s[] = {{".cmdline", NULL, "quiet"}};
	const char *said;

	for (size_t size = 0; size < HEADERS; size++) {
		uint8_t *cut = arena_alloc(t->a, size + 1); /* so that reading on is seen */

		memcpy(cut, stub(t), size);
		(void)write_it(t, cut, size, s, 1, &said);
		if (size < TABLE)
			assert_non_null(strstr(said, "no PE program"));
	}
	for (size_t i = 0; i < TABLE; i++) {
		uint8_t *bad = stub(t);

		bad[i] ^= 0xff; /* any answer but a crash */
		(void)write_it(t, bad, STUB, s, 1, &said);
	}
}

static void sections_are_found_again(void **state)
{
	struct desk *t = *state;
	const struct pe_section s[] = {{".cmdline", NULL, "quiet"},
		{".linux", desk_file(t, "kernel", "the kernel"), NULL}};
	static uint8_t all[0x2000];
	struct pe_part part;
	const char *said;
	size_t size;
	int fd;

	assert_int_equal(write_it(t, stub(t), STUB, s, 2, &said), 0);
	fd = open(desk_path(t, "program"), O_RDONLY | O_CLOEXEC);
	size = (size_t)read(fd, all, sizeof(all));
	(void)close(fd);
	assert_int_equal(pe_part(all, size, 0, &part), 0);
	assert_string_equal(part.name, ".text");
	assert_int_equal(pe_part(all, size, 2, &part), 0);
	assert_string_equal(part.name, ".linux");
	assert_int_equal(part.size, strlen("the kernel"));
	assert_memory_equal(all + part.at, "the kernel", part.size);
	assert_int_equal(pe_part(all, size, 3, &part), -ENOENT);
	/* A section behind the end, a table behind the end, no program. */
	assert_int_equal(pe_part(all, STUB + 0x200 + 3, 2, &part), -EBADMSG);
	all[AT + 6] = all[AT + 7] = 0xff;
	assert_int_equal(pe_part(all, size, 0xfff0, &part), -EBADMSG);
	assert_int_equal(pe_part(all, 0x30, 0, &part), -EBADMSG);
}

static void a_table_without_room_is_refused(void **state)
{
	struct desk *t = *state;
	struct pe_section s[32];
	const char *said;

	for (size_t i = 0; i < 32; i++)
		s[i] = (struct pe_section){".x", NULL, ""};
	assert_int_equal(write_it(t, stub(t), STUB, s, 32, &said), -1);
	assert_non_null(strstr(said, "no room for a section .x"));
}

static void a_file_that_is_not_there_is_said(void **state)
{
	struct desk *t = *state;
	const struct pe_section s[] = {{".linux", desk_path(t, "none"), NULL}};
	const char *said;

	assert_int_equal(write_it(t, stub(t), STUB, s, 1, &said), -1);
	assert_non_null(strstr(said, "No such file"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sections_are_added_behind_the_program),
		T(what_is_no_program_is_refused),
		T(sections_are_found_again),
		T(a_table_without_room_is_refused),
		T(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
