/*
 * What this boot leaves to the next: the line of the ledger (ledger.h) and the last words, in RAM
 * that survives a reset.  Writing is a copy to memory and never waits.  Owns the fd.
 *
 * The RAM is a device of MTD laid out as kept.h says; or /dev/pmsg0, a log that has room for the
 * lines of the ledger alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "words.h"

#define REMEMBER_PMSG "/dev/pmsg0"

struct remember {
	int fd;      /* -1: none */
	bool in_ram; /* … and not a log of lines */
	uint32_t seq;
	struct ledger_line line; /* to be changed, and written */
	struct words words;      /* of this turn; in_ram only */
	uint32_t pieces;         /* of words, written so far */
	size_t at;               /* where their ring goes on */
};

/* `found` names the device; without one, or when it cannot be opened, nothing is remembered. */
void remember_open(struct remember *r, const struct ledger *found);
/* The line as it is now. */
void remember_line(struct remember *r);
/* Once a turn: the words that have come. */
void remember_settle(struct remember *r, int64_t now_ms);

/*
 * For a signal's handler: async-signal-safe, and the loop may be anywhere.  `rest` is the line from
 * "now=" on, newline included.
 */
void remember_in_handler(const char *rest, size_t len);
/* Has that been done since the last call? */
bool remember_was_handled(void);
