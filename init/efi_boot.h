/*
 * Which slot an EFI firmware starts: its own variables say so (UEFI 2.10 §3).  Each slot has a boot
 * option, the chosen one's comes before the other one's in BootOrder, and one on trial is BootNext,
 * which the firmware forgets when it starts it.  Helpers only: firmware takes its time.
 */
#pragma once

#include "../lib/table.h"
#include "slots.h"

bool efi_boot_is_here(int disk, const struct table *t);
/* 0 or -errno.  Nothing is written that is so already: a firmware's memory wears. */
int efi_boot_follow(int disk, const struct table *t, struct slots_wish wish);
