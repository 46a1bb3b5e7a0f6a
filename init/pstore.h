/*
 * What the last boot has left in RAM that survives a reset.  Helpers only: what is there is judged,
 * and kept for `nannyctl logs --previous`; the kernel's records are removed, so that the next boot
 * finds its own.
 */
#pragma once

#include "ledger.h"

#define PSTORE_PREVIOUS "/run/nanny/previous"
#define PSTORE_WORDS                                                                               \
	PSTORE_PREVIOUS "/words" /* lines: milliseconds of that boot, a space, text                \
				  */
#define PSTORE_KERNEL "dmesg-"   /* + …: what the kernel has kept of its log */

struct ledger pstore_read(void);
