/*
 * The button for a factory reset that the board names (board.yml(5), factory-reset): a line of a
 * GPIO chip, through the kernel's character devices (Linux 5.10, include/uapi/linux/gpio.h).
 * Helpers only: this waits as long as the button is held, at most for its time.
 */
#pragma once

#include <stdbool.h>

/* It is held, and was for all of its time. */
bool button_held(void);
