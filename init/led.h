/*
 * The machine's state on a LED, for one who stands before it: the kernel blinks, PID 1 only writes
 * what has changed.
 */
#pragma once

#include <stdint.h>

struct machine;

enum led {
	LED_UNSET,   /* nothing has been written yet */
	LED_UNREADY, /* not every service has been ready yet */
	LED_UP,
	LED_DEGRADED,
	LED_MAINTENANCE,
	LED_ENDING,
	LED_N
};

struct led_pattern {
	const char *name;
	uint16_t on_ms, off_ms; /* off_ms 0: it is on */
};

extern const struct led_pattern led_patterns[LED_N];

/* What is to be seen: pure. */
enum led led_of(const struct machine *m);
void led_settle(struct machine *m);
