/*
 * autoboot.txt, by which the firmware of a Raspberry Pi 4 or 5 chooses the partition that it
 * starts: the boot partition of slot a is the second one, that of slot b the third.  Pure.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html#autoboot-txt
 *
 * The file fits in one sector, as the firmware wants, and is as long for one slot as for the other:
 * choosing is the write of that sector where it is.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "table.h"

#define AUTOBOOT_FILE "autoboot.txt"

enum {
	AUTOBOOT_TEXT = 128, /* no text is longer, with its NUL */
};

/* 'a' or 'b' → the file's text. */
void autoboot_text(char slot, char ret[AUTOBOOT_TEXT]);
/* The slot that this first sector of the file chooses, or NUL: somebody else wrote it. */
char autoboot_slot(const uint8_t sector[TABLE_SECTOR]);
