/*
 * How long the turns of PID 1's loop take: a count of them in classes of their length, so that the
 * promise that nothing in it waits can be checked on any machine, at any time.  Pure.
 */
#pragma once

#include <stdint.h>

enum {
	TURNS_STEPS = 8, /* classes to each doubling: a class is 1/8 wide at most */
	TURNS_CLASSES = 21 * TURNS_STEPS, /* the last one takes all from 8 s on */
};

struct turns {
	uint64_t n;
	uint32_t max_us;
	uint32_t class_n[TURNS_CLASSES];
};

void turns_note(struct turns *t, int64_t us);
/* The length that all turns but one in a thousand do not exceed, rounded up to its class's end. */
uint32_t turns_p999(const struct turns *t);
