/*
 * The memory of reboots: lines in RAM that survives a reset (pstore's /dev/pmsg0), each written
 * before what it tells happens.  The next boot reads them and knows how the last one ended, and how
 * many in a row were bad.  Pure but for nothing: text in, verdict out.
 *
 *   nanny-ledger boot bad=N          a boot began, after N bad ones in a row
 *   nanny-ledger good                every service was ready, and stayed so
 *   nanny-ledger end HOW BY: WHY     it was ended on purpose; BY is operator or ladder
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
	LEDGER_END_N
};

enum {
	LEDGER_WHY_MAX = 128,
	LEDGER_GOOD_MS = 60 * 1000, /* so long must all be well for a boot to be good */
};

/* What the next boot finds. */
struct ledger_facts {
	bool memory;      /* there is a pstore that PID 1 can write to */
	const char *text; /* the lines of the last boot; not ended by NUL */
	size_t len;
	bool panic;    /* the kernel has left the record of one */
	bool watchdog; /* the hardware says that it was it */
};

struct ledger {
	uint32_t bad_boots; /* in a row, the last one included */
	uint32_t end;       /* enum ledger_end */
	char why[LEDGER_WHY_MAX];
};

struct ledger ledger_judge(const struct ledger_facts *f);
const char *ledger_end_name(enum ledger_end e);

void ledger_boot(struct text *t, uint32_t bad_boots);
void ledger_good(struct text *t);
void ledger_end(struct text *t, const char *how, bool by_ladder, const char *why);
