/*
 * The firmware's variables (UEFI 2.10 §8.2) through the kernel's efivarfs, which this mounts where
 * it is not.  Helpers only: firmware takes its time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EFI_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c" /* UEFI 2.10 §3.3 */
#define EFI_BOOT_LOADER                                                                            \
	"4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* systemd.io/BOOT_LOADER_INTERFACE */

bool efi_is_there(void);
/* The value's bytes, or -errno; -EMSGSIZE: it is longer. */
int efi_read(const char *name, const char *vendor, void *buf, size_t size);
bool efi_exists(const char *name, const char *vendor);
/* One that outlives a reset and can be read at boot; whole, or as it was.  0 or -errno. */
int efi_write(const char *name, const char *vendor, const void *buf, size_t n);
int efi_remove(const char *name, const char *vendor);
/* Calls with each name until that says false.  0 or -errno. */
int efi_each(const char *vendor, bool (*visit)(void *ctx, const char *name), void *ctx);
/*
 * The slot whose boot partition, "boot-a" or "boot-b", the running program came from: 'a' or 'b',
 * or NUL when the firmware does not say.
 */
char efi_started_slot(int wait_ms);
