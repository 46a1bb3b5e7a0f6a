/*
 * The control protocol, for both its sides: PID 1 (ctl.c) and nannyctl.
 *
 * A stream socket at CONTROL_SOCKET, for root only (mode 0600, and SO_PEERCRED).  The client sends
 * one line, "VERB [ARGUMENT…]\n", at most CONTROL_REQUEST_MAX bytes; the server answers with lines
 * of one JSON object each and closes.  The last object is {"ok":true} or {"error":"…","code":"…"}:
 * an answer without one has been cut off.
 *
 *   code         meaning                                           nannyctl's exit status
 *   usage        no such verb, or its arguments are wrong           2
 *   not-found    no container has that name                         2
 *   refused      not root, or not possible now (shutting down)      1
 *   failed       tried, and it did not work                         1
 *   busy         too many clients                                   1
 */
#pragma once

#include <stddef.h>

#define CONTROL_SOCKET "/run/nanny/ctl.sock"

enum {
	CONTROL_REQUEST_MAX = 256,
};

enum verb {
	VERB_STATUS, /* the machine, then each container */
	VERB_LOGS,   /* NAME LINES [follow|crashed] */
	VERB_EVENTS, /* LINES [follow] */
	VERB_WHY,    /* [NAME] */
	VERB_BOOT,
	VERB_BOARD, /* what the machine is; nannyctl adds what only reading devices can tell */
	VERB_START, /* NAME */
	VERB_STOP,
	VERB_RESTART,
	VERB_REBOOT,
	VERB_POWEROFF,
	VERB_HALT,
	VERB_FACTORY_RESET, /* nannyctl has marked the data partition; a reboot does the rest */
	VERB_TRY,           /* … has put the other slot on trial; the same */
	VERB_N
};

struct verb_row {
	const char *name;
	const char *args;     /* for people: "[-f] [-n LINES] NAME" */
	const char *sentence; /* what it does */
};

extern const struct verb_row verb_rows[VERB_N];

/* VERB_N when there is none. */
enum verb verb_find(const char *name);
