/*
 * The record of the slots (slots.h) on the disk that the root is on, and whatever of the firmware
 * has to follow it.  Helpers and nannyctl: all of this may wait for a disk.
 */
#pragma once

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
/* Which slot this system came from; NUL: none. */
char slot_store_running(void);
