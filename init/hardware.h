/*
 * What the image says of the machine (/etc/nanny/board, board.yml(5)), and what the firmware does.
 * Read once; all of it is in the kernel's or the image's memory, nothing is asked of a device.
 */
#pragma once

#include <stdint.h>

struct hardware {
	char board[64];
	char model[80]; /* of the device tree, or DMI; "" */
	char watchdog[64];
	uint32_t watchdog_ms; /* 0: none is named */
	char led[64];         /* in /sys/class/leds; "" */
	uint64_t reset_ram;   /* the address of RAM that survives a reset; 0: none */
};

void hardware_read(struct hardware *h);
