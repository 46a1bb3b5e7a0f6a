/* The boot options of an EFI firmware that start a slot, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/efi_option.h"

static const struct table_part boot_a = {.number = 1,
	.first = 2048,
	.sectors = 131072,
	.guid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

/* UEFI 2.10 §3.1.3 and §10.3, byte by byte. */
static void an_option_is_as_the_specification_has_it(void **state)
{
	static const char path[] = "\\EFI\\BOOT\\BOOTX64.EFI";
	uint8_t option[EFI_OPTION_MAX], want[256] = {1, 0, 0, 0}, *at = want + 6;
	const uint8_t drive[] = {4, 1, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0,
		0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 2, 2};
	const size_t n = efi_option_make('a', &boot_a, option);

	(void)state;
	for (const char *c = "nanny, slot a"; *c; c++, at += 2)
		*at = (uint8_t)*c;
	at += 2;
	memcpy(at, drive, sizeof(drive));
	at += sizeof(drive);
	at[0] = 4;
	at[1] = 4;
	at[2] = 4 + 2 * sizeof(path);
	at += 4;
	for (size_t i = 0; i < sizeof(path); i++, at += 2)
		*at = (uint8_t)path[i];
	memcpy(at, "\x7f\xff\x04\0", 4);
	at += 4;
	want[4] = sizeof(drive) + 4 + 2 * sizeof(path) + 4;
	assert_int_equal(n, at - want);
	assert_memory_equal(option, want, n);
}

static void it_is_found_again(void **state)
{
	struct table_part other = boot_a;
	uint8_t option[EFI_OPTION_MAX];
	const size_t n = efi_option_make('a', &boot_a, option);

	(void)state;
	other.guid[15]++;
	assert_true(efi_option_is_of(option, n, &boot_a));
	assert_false(efi_option_is_of(option, n, &other));
	/* With a computer's PCI path in front, as firmware writes it. */
	memmove(option + 40, option + 34, n - 34);
	memcpy(option + 34, "\x01\x01\x06\x00\x00\x1f", 6);
	assert_true(efi_option_is_of(option, n + 6, &boot_a));
}

/* Whatever the firmware holds: an answer, and no byte behind the end is looked at. */
static void cut_off_or_wrong_it_is_none(void **state)
{
	uint8_t option[EFI_OPTION_MAX];
	const size_t n = efi_option_make('a', &boot_a, option);

	(void)state;
	for (size_t cut = 0; cut < 6 + 28 + 42; cut++) {
		uint8_t *exact = test_malloc(cut + 1);

		memcpy(exact, option, cut);
		assert_false(efi_option_is_of(exact, cut, &boot_a));
		test_free(exact);
	}
	for (size_t i = 0; i < n; i++) {
		const uint8_t was = option[i];

		for (unsigned v = 0; v < 256; v++) {
			option[i] = (uint8_t)v;
			(void)efi_option_is_of(option, n, &boot_a);
		}
		option[i] = was;
	}
}

static void orders(void **state)
{
	static const struct {
		uint16_t old[4];
		size_t n;
		uint16_t new[6];
		size_t want;
	} rows[] = {
		{{0}, 0, {7, 8}, 2},                /* a new machine */
		{{1, 2}, 2, {7, 8, 1, 2}, 4},       /* a new disk goes first */
		{{1, 8, 2, 7}, 4, {1, 7, 8, 2}, 4}, /* what an operator put before it stays */
		{{7, 8, 1}, 3, {7, 8, 1}, 3},       /* as it is */
		{{1, 2, 8}, 3, {1, 2, 7, 8}, 4},    /* one was lost */
		{{8, 8, 7, 7}, 4, {7, 8}, 2},
	};
	uint16_t got[EFI_ORDER_MAX], many[EFI_ORDER_MAX] = {0};
	const struct efi_pair pair = {7, 8};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(efi_order(rows[i].old, rows[i].n, pair, got), rows[i].want);
		assert_memory_equal(got, rows[i].new, rows[i].want * sizeof(*got));
	}
	assert_int_equal(efi_order(many, EFI_ORDER_MAX - 2, pair, got), EFI_ORDER_MAX);
	assert_int_equal(efi_order(many, EFI_ORDER_MAX - 1, pair, got), 0);
	assert_int_equal(efi_order(many, EFI_ORDER_MAX, pair, got), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_is_as_the_specification_has_it),
		cmocka_unit_test(it_is_found_again),
		cmocka_unit_test(cut_off_or_wrong_it_is_none),
		cmocka_unit_test(orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
