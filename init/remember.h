/*
 * What this boot leaves to the next: the line of the ledger (ledger.h) and the last words, in RAM
 * that survives a reset.  Writing is a copy to memory and never waits.  Owns mapping and fd.
 *
 * The RAM is laid out as kept.h says.  Without it /dev/pmsg0 is as good for the line, if a kernel
 * has that: a log of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "words.h"

#define REMEMBER_PMSG "/dev/pmsg0"

struct remember {
	void *ram; /* NULL: none */
	int fd;    /* of the log; -1: none */
	uint32_t seq;
	struct ledger_line line; /* to be changed, and written */
	struct words words;      /* of this turn; if there is RAM */
	uint32_t pieces;         /* of words, written so far */
	size_t at;               /* where their ring goes on */
};

/* Without a place, or when it cannot be had, nothing is remembered. */
void remember_open(struct remember *r, const struct ledger *found, uint64_t ram);
bool remember_works(const struct remember *r);
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
