/*
 * A boot option of an EFI firmware, EFI_LOAD_OPTION (UEFI 2.10 §3.1.3), that starts the boot
 * partition of a slot, and the place of the two slots' options in BootOrder.  Pure.
 */
#pragma once

#include <stdbool.h>

#include "../lib/table.h"

enum {
	EFI_OPTION_MAX = 1024, /* bytes: of others', what is longer is not looked at */
	EFI_ORDER_MAX = 256,
};

/* The program at the place where firmware looks on any disk.  Bytes. */
size_t efi_option_make(char slot, const struct table_part *boot, uint8_t ret[EFI_OPTION_MAX]);
/* It starts something in that partition. */
bool efi_option_is_of(const uint8_t *option, size_t n, const struct table_part *boot);

/* The chosen slot's option and the other one's behind it. */
struct efi_pair {
	uint16_t chosen, other;
};

/*
 * The order with the pair where the first of the two was, or in front when none was; what else is
 * there stays.  Numbers; 0 when it would be more than EFI_ORDER_MAX.
 */
size_t efi_order(const uint16_t *old, size_t n, struct efi_pair pair, uint16_t ret[EFI_ORDER_MAX]);
