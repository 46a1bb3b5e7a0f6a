/*
 * A disk image in QEMU, as a device would have it: on a card of the size that the board asks for,
 * and with the image itself left as it was built.
 */
#pragma once

#include "board.h"

/*
 * `card` becomes a card with `image` on it, made anew.  `kernel`: where the file of the firmware's
 * partition goes that QEMU starts (board.qemu.kernel); NULL: none.  0, or -1 after say_error().
 */
int card_prepare(struct arena *a, const struct board *b, const char *image, const char *card,
	const char *kernel);
