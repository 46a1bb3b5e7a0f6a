/*
 * Everything PID 1 holds: one object, made in main() and passed down.
 */
#pragma once

#include "console.h"
#include "ctl.h"
#include "ctr.h"
#include "facts.h"
#include "hardware.h"
#include "led.h"
#include "memlog.h"
#include "plug.h"
#include "remember.h"
#include "ring.h"
#include "scan.h"
#include "turns.h"
#include "watchdog.h"

enum phase {
	PHASE_SCAN,       /* the helper reads /containers */
	PHASE_ONBOOT,     /* one after another */
	PHASE_UP,         /* services; the machine's normal life */
	PHASE_STOP,       /* all containers end */
	PHASE_ONSHUTDOWN, /* one after another */
	PHASE_UNMOUNT,    /* helper: everything to disk */
	PHASE_OFF,        /* helper: reboot(2) */
	PHASE_N
};

enum off {
	OFF_NONE,
	OFF_HALT,
	OFF_POWEROFF,
	OFF_REBOOT,
	OFF_ROLLBACK, /* a reboot into the other image, where there is one */
	OFF_N
};

/* The scan helper's output as it comes in. */
struct scan_input {
	int fd;
	struct scan_header header;
	size_t got; /* bytes, header included */
};

struct machine {
	int epfd, sigfd, null_fd;
	int64_t now;
	int64_t began_ms; /* PID 1's first instruction, on the monotonic clock */
	enum phase phase;
	enum off off;              /* what has been asked for; the first request counts */
	int64_t deadline;          /* of the phase; CTR_NEVER */
	int64_t up_ms;             /* when the services began to start */
	int64_t phase_at[PHASE_N]; /* when it first came there; 0: never */
	pid_t helper;              /* of the phase: scan, unmount, off; 0: none */
	int helper_pidfd;
	bool marks_good; /* it does that to the slot that runs */
	bool has_data;   /* a data partition, which the scan makes ready */
	bool up_said, console_watched;
	bool unread;          /* the containers could not be */
	bool maintenance;     /* only what asks for it runs; why: */
	bool by_ladder;       /* the end is the escalation ladder's, and the boot a bad one */
	char why[160];        /* the machine is in maintenance, or ends */
	uint32_t bad_boots;   /* in a row before this one: ladder, watchdog, panic */
	struct ledger ledger; /* how the last boot ended */
	struct slots_known slots;
	int64_t good_at;    /* all well until then makes this a good boot; CTR_NEVER */
	uint32_t good_ms;   /* … which is so long */
	int64_t clock_at;   /* the data partition learns the time then; CTR_NEVER */
	bool daemons_asked; /* to end, those of /etc/init.d */
	bool over;          /* reboot(2) is the kernel's business now */
	size_t cursor;      /* container of PHASE_ONBOOT or PHASE_ONSHUTDOWN that runs or is next */
	uint64_t strangers; /* orphans reaped */
	struct turns turns; /* from one wait to the next */
	int64_t turn_us;    /* when this one began */
	struct scan_input scan;
	struct hardware hardware;
	struct remember remember;
	struct watchdog watchdog;
	enum led led;
	struct facts facts;
	struct plug plug;
	struct ctr_pool pool;
	struct ring log, events;
	struct console console;
	struct ctl ctl;
	struct memlog memlog;
};

/* Before anything is open. */
#define MACHINE_NEW                                                                                \
	{                                                                                          \
		.deadline = CTR_NEVER, .helper_pidfd = -1, .good_at = CTR_NEVER,                   \
		.clock_at = CTR_NEVER, .good_ms = LEDGER_GOOD_MS, .remember = {.fd = -1},          \
		.watchdog = {.fd = -1, .look_at = CTR_NEVER},                                      \
		.plug = {.fd = -1, .pidfd = -1, .deadline = CTR_NEVER}, .scan = {.fd = -1},        \
	}

/*
 * A helper program (helper.h) of this machine, its words on the console; out < 0: also its output.
 * Its pid or -errno.
 */
pid_t machine_start_helper(
	const struct machine *m, const char *name, const char *arg, int out, int *ret_pidfd);
const char *phase_name(enum phase p);
const char *off_name(enum off o);
/* Some container has failed: the machine runs, but not as it was meant to. */
bool machine_degraded(const struct machine *m);
