/*
 * Two slots, one rule: what is started next is only ever changed by what has been seen to run.
 * Pure: the record of the disk (lib/slot_record.h) × which slot runs × what has happened → the
 * record as it is to be.
 */
#pragma once

#include "../lib/slot_record.h"

enum slot_event {
	SLOT_STARTED, /* PID 1 is there; who has started it has counted that */
	SLOT_STARTED_UNCOUNTED,
	SLOT_GOOD,     /* everything has been well for long enough */
	SLOT_BAD,      /* another restart of this one does not help, or it is damaged */
	SLOT_GIVEN_UP, /* the ladder restarts the machine */
	SLOT_REFUSED, /* the first stage does not run it, and there is something in the other one */
	SLOT_EVENT_N
};

/* What the running slot is, by the record. */
enum slot_part {
	SLOT_CHOSEN, /* the one to start, and no trial is open */
	SLOT_RETURN, /* the one to start, because the trial of the other one did not end well */
	SLOT_ON_TRIAL,
	SLOT_STRAY, /* neither: the one to start was not, or who starts it was not told of it */
	SLOT_PART_N
};

enum slot_part slots_part(const struct slot_record *r, char running);
const char *slots_part_text(enum slot_part p);
enum {
	SLOT_BAD_COUNTED = 2, /* more are not told apart: then the ladder ends (ladder.h) */
};
bool slots_other_good(const struct slot_record *r, char running);
/* What a reset starts: `chosen`, or once the one on trial. */
struct slots_wish {
	char chosen, next;
};
struct slots_wish slots_wish(const struct slot_record *r);
/* True when *r has changed and is to be written. */
bool slots_decide(struct slot_record *r, char running, enum slot_event e);
/* The one that does not run is started next, so many times, until it has been well. */
void slots_try_other(struct slot_record *r, char running, uint8_t times);
