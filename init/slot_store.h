/*
 * The record of the slots (slots.h) on the disk that the root is on, and whatever of the firmware
 * has to follow it.  Helpers and nannyctl: all of this may wait for a disk.
 */
#pragma once

#include "../lib/manifest.h"
#include "slots.h"

/* What is known of a machine with two slots; all 0 of any other. */
struct slots_known {
	char running; /* 'a' or 'b' */
	uint8_t part; /* enum slot_part */
	bool is_good, other_good;
	char next; /* what a reset starts */
};

/* 0, -ENODEV: this machine has no slots; or -errno, and what is on the disk stays as it was. */
int slot_store_note(enum slot_event e, struct slots_known *ret);
/* The other slot, as it says of itself. */
struct slots_tried {
	char slot;
	struct manifest manifest;
};

/*
 * The other slot is started next, at most so many times, and stays if it is well.  0; -ENODEV: as
 * above; -EBUSY: this one is on trial itself; -EBADMSG: the other one is empty; or -errno.
 */
int slot_store_try(uint8_t times, struct slots_tried *ret);
/* Which slot this system came from; NUL: none. */
char slot_store_running(void);
