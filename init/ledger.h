/*
 * The memory of reboots: one line in RAM that survives a reset, written anew before what it tells
 * happens.  The next boot reads it and knows how this one ended, and how many in a row were bad.
 * Pure: text in, verdict out.
 *
 *   nanny-ledger boots=7 bad=2 watchdog=60000 now=ends by=ladder why=reboot: web does not get
 * better
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/text.h"

enum ledger_end {
	LEDGER_UNKNOWN, /* there is no such memory here, or it tells nothing */
	LEDGER_PLANNED,
	LEDGER_LADDER, /* the escalation ladder's reboot */
	LEDGER_PANIC,
	LEDGER_WATCHDOG,
	LEDGER_POWER, /* the memory is empty: it had no power */
	LEDGER_RESET, /* the memory is there, and nobody announced an end */
	LEDGER_CRASH, /* PID 1 itself failed */
	LEDGER_END_N
};

enum {
	LEDGER_WHY_MAX = 160,
	LEDGER_LINE_MAX = 320,
	LEDGER_GOOD_MS = 60 * 1000, /* so long must all be well for a boot to be good */
};

enum ledger_now {
	LEDGER_RUNS,
	LEDGER_STARVES, /* the watchdog is not fed any more */
	LEDGER_ENDS,    /* it stops what runs */
	LEDGER_OFF,     /* all is unmounted, and reboot(2) is next */
	LEDGER_FAULT,   /* PID 1 has failed, and reboots at once */
	LEDGER_NOW_N
};

/* What a boot writes of itself. */
struct ledger_line {
	uint32_t boots;       /* since the RAM had no power, this one included */
	uint32_t bad;         /* in a row, before this one */
	uint32_t watchdog_ms; /* the armed watchdog's time; 0: none */
	enum ledger_now now;
	bool by_ladder;
	char why[LEDGER_WHY_MAX];
};

/* All before "now=": what a signal's handler, which cannot print numbers, begins its line with. */
void ledger_write_head(struct text *t, const struct ledger_line *l);
/* Ended by a newline. */
void ledger_write(struct text *t, const struct ledger_line *l);
/* The last whole line in `text`, which need not end with NUL; false when there is none. */
bool ledger_read(const char *text, size_t len, struct ledger_line *ret);

/* What the next boot finds. */
struct ledger_facts {
	bool memory; /* there is RAM that PID 1 can write to */
	bool found;  /* … and `line` was in it */
	struct ledger_line line;
	const char *panic; /* the kernel's own words; NULL: it has left no record of one */
	bool watchdog;     /* the hardware says that it was it */
};

enum ledger_store {
	LEDGER_NOWHERE,
	LEDGER_RAM, /* kept.h */
	LEDGER_LOG, /* /dev/pmsg0: a line each */
};

struct ledger {
	uint32_t bad_boots; /* in a row, the last one included */
	uint32_t boots;     /* before this one, since the RAM had no power */
	uint32_t end;       /* enum ledger_end */
	uint32_t seq;       /* kept.h: of the copy that was found */
	uint32_t store;     /* enum ledger_store: where to write */
	char why[LEDGER_WHY_MAX];
};

/* All but seq and store. */
struct ledger ledger_judge(const struct ledger_facts *f);
/* "watchdog", for programs; "the watchdog", for people. */
const char *ledger_end_name(enum ledger_end e);
const char *ledger_end_text(enum ledger_end e);
