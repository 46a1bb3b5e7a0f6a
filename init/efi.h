/*
 * The firmware's variables (UEFI 2.10 §8.2) through the kernel's efivarfs, which this mounts where
 * it is not.  Helpers only: firmware takes its time.
 */
#pragma once

#include <stdbool.h>

bool efi_is_there(void);
/*
 * The slot whose boot partition, "boot-a" or "boot-b", the running program came from: 'a' or 'b',
 * or NUL when the firmware does not say.
 */
char efi_started_slot(int wait_ms);
