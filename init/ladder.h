/*
 * What is done when restarting does not help: pure.
 *
 * For a container: each `escalate` failures in a row (none of its runs lasted a stable time) lead
 * one rung up.  A critical one climbs to the machine's part; the others stay below it, restarted at
 * the longest delay, for ever.  For the machine: reboots that the ladder itself asked for are
 * remembered across boots, so that a boot loop ends in maintenance mode.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rung {
	RUNG_RESTART,
	RUNG_CLEAN,      /* restart with an empty writable layer */
	RUNG_DEPENDANTS, /* … and what comes after it restarts too */
	RUNG_MACHINE,    /* ladder_machine() */
	RUNG_N
};

/* in_a_row: failures up to now, this one included. */
enum rung ladder_rung(uint32_t in_a_row, uint32_t escalate, bool critical);
/* The failure that leads to a rung, as against the ones that stay on it. */
bool ladder_is_step(uint32_t in_a_row, uint32_t escalate);
const char *rung_name(enum rung r);

enum remedy {
	REMEDY_REBOOT,
	REMEDY_ROLLBACK,
	REMEDY_MAINTENANCE,
};

enum {
	LADDER_REBOOTS = 2,   /* so many bad boots are answered by another boot of the same image */
	LADDER_ROLLBACKS = 2, /* then so many by the other image, where there is one */
};

/* bad_boots: in a row, up to now, this one included. */
enum remedy ladder_machine(uint32_t bad_boots, bool can_roll_back);
