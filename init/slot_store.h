/*
 * The record of the slots (slots.h) on the disk that the root is on, and whatever of the firmware
 * has to follow it.  Helpers and nannyctl: all of this may wait for a disk.
 */
#pragma once

#include "../lib/manifest.h"
#include "partition.h"
#include "slots.h"

/* What is known of a machine with two slots; all 0 of any other. */
struct slots_known {
	char running; /* 'a' or 'b' */
	uint8_t part; /* enum slot_part */
	bool is_good, other_good;
	char next;   /* what a reset starts */
	uint8_t bad; /* boots in a row that the ladder has ended */
};

/* 0, -ENODEV: this machine has no slots; or -errno, and what is on the disk stays as it was. */
int slot_store_note(enum slot_event e, struct slots_known *ret);
/*
 * The first stage has refused this slot, in that partition: the other one is started next, if it is
 * good or there is at least something in it.
 */
int slot_store_refused(char slot, const struct partition *root, struct slots_known *ret);
/* What a SLOT_BAD has led to, on stderr; r: what the call gave. */
void slot_store_say_left(int r, const struct slots_known *k);

/* The other slot, as it says of itself. */
struct slots_tried {
	char slot;
	struct manifest manifest;
	char boot_file[MANIFEST_NAME]; /* the last one that was looked at */
};

/*
 * The other slot is started next, at most so many times, and stays if it is well.  0; -ENODEV: as
 * above; -EBUSY: this one is on trial itself; -EBADMSG: the other one is empty; -EUCLEAN: a boot
 * file of it is not what was signed; or -errno.
 */
int slot_store_try(uint8_t times, struct slots_tried *ret);
/* The boot files of the running slot, as boot_files_check(). */
int slot_store_check_own(char ret_file[MANIFEST_NAME]);
/* Which slot this system came from; NUL: none. */
char slot_store_running(void);
