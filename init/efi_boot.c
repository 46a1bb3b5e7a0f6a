#include "efi_boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/little.h"
#include "efi.h"
#include "efi_option.h"
#include "slot_name.h"

enum {
	NUMBERS = 0x10000, /* Boot0000 to BootFFFF */
};

bool efi_boot_is_here(int disk, const struct table *t)
{
	(void)disk;
	return t->is_gpt && slot_boot_part(t, 'a') && efi_is_there();
}

static void option_name(unsigned number, char ret[16])
{
	(void)snprintf(ret, 16, "Boot%04X", number & (NUMBERS - 1));
}

static bool read_option_name(const char *name, unsigned *ret)
{
	const char *digits = name + 4;

	if (strncmp(name, "Boot", 4) != 0 || strspn(digits, "0123456789ABCDEF") != 4 || digits[4])
		return false;
	*ret = (unsigned)strtoul(digits, NULL, 16);
	return true;
}

/* Of the two slots, the chosen one first. */
struct search {
	const struct table_part *boot[2];
	int option[2]; /* its number, or -ENOENT */
};

static bool look(void *ctx, const char *name)
{
	struct search *s = ctx;
	uint8_t option[EFI_OPTION_MAX];
	unsigned number;
	int n;

	if (!read_option_name(name, &number))
		return true;
	n = efi_read(name, EFI_GLOBAL, option, sizeof(option));
	for (size_t i = 0; n > 0 && i < 2; i++)
		if (s->option[i] < 0 && efi_option_is_of(option, (size_t)n, s->boot[i]))
			s->option[i] = (int)number;
	return s->option[0] < 0 || s->option[1] < 0;
}

static unsigned free_number(void)
{
	char name[16];
	unsigned number = 0;

	for (; number < NUMBERS; number++) {
		option_name(number, name);
		if (!efi_exists(name, EFI_GLOBAL))
			break;
	}
	return number;
}

/* Its number, or -errno. */
static int make_option(char slot, const struct table_part *boot)
{
	const unsigned number = free_number();
	uint8_t option[EFI_OPTION_MAX];
	char name[16];
	int r;

	if (number == NUMBERS)
		return -ENOSPC;
	option_name(number, name);
	r = efi_write(name, EFI_GLOBAL, option, efi_option_make(slot, boot, option));
	return r < 0 ? r : (int)number;
}

/* Those of the chosen slot and of the other one, in one pass: made where there is none. */
static int options_of(const struct table *t, char chosen, struct efi_pair *ret)
{
	const char slot[2] = {chosen, slot_other(chosen)};
	struct search s = {.boot = {slot_boot_part(t, slot[0]), slot_boot_part(t, slot[1])},
		.option = {-ENOENT, -ENOENT}};
	int r = s.boot[0] && s.boot[1] ? efi_each(EFI_GLOBAL, look, &s) : -ENOENT;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		if (s.option[i] < 0)
			s.option[i] = make_option(slot[i], s.boot[i]);
		if (s.option[i] < 0)
			r = s.option[i];
	}
	*ret = (struct efi_pair){(uint16_t)s.option[0], (uint16_t)s.option[1]};
	return r;
}

/* How many; 0 when the variable is not there, or -errno. */
static int read_numbers(const char *name, uint16_t ret[EFI_ORDER_MAX])
{
	uint8_t value[2 * EFI_ORDER_MAX];
	const int n = efi_read(name, EFI_GLOBAL, value, sizeof(value));

	for (int i = 0; i < n / 2; i++)
		ret[i] = get16(value + 2 * i);
	return n == -ENOENT ? 0 : n < 0 ? n : n / 2;
}

static int write_numbers(const char *name, const uint16_t *numbers, size_t n)
{
	uint8_t value[2 * EFI_ORDER_MAX];

	for (size_t i = 0; i < n; i++)
		put16(value + 2 * i, numbers[i]);
	return efi_write(name, EFI_GLOBAL, value, 2 * n);
}

static int follow_order(struct efi_pair pair)
{
	uint16_t old[EFI_ORDER_MAX], new[EFI_ORDER_MAX];
	const int had = read_numbers("BootOrder", old);
	size_t n;

	/* One that cannot be read is not written over: others' options are in it, too. */
	if (had < 0)
		return had;
	n = efi_order(old, (size_t)had, pair, new);
	if (n == 0)
		return -E2BIG;
	if (n == (size_t)had && memcmp(old, new, n * sizeof(*new)) == 0)
		return 0;
	return write_numbers("BootOrder", new, n);
}

/* Another one's wish for the next start is left alone. */
static int follow_trial(struct efi_pair pair, bool on_trial)
{
	uint16_t old[EFI_ORDER_MAX];
	const int n = read_numbers("BootNext", old);
	const bool is_so = n == 1 && old[0] == pair.other;

	if (on_trial)
		return is_so ? 0 : write_numbers("BootNext", &pair.other, 1);
	return is_so ? efi_remove("BootNext", EFI_GLOBAL) : 0;
}

int efi_boot_follow(int disk, const struct table *t, struct slots_wish wish)
{
	struct efi_pair pair;
	int r = options_of(t, wish.chosen, &pair);

	(void)disk;
	if (r == 0)
		r = follow_order(pair);
	return r < 0 ? r : follow_trial(pair, wish.next != wish.chosen);
}
