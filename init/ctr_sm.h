/*
 * The life of a container: a table of state × event, and the arithmetic of what comes after an end.
 * Pure: no time, no memory, no calls.  A cell that cannot happen is not `possible`: ctr.c counts it
 * as a bug and stays where it is.
 *
 *   DOWN → WAIT → QUEUE → PREPARE → CREATE → WIRE → START → UNREADY → UP → STOP
 *    ↑      ↑                └────────┴───────┴──────┴────────┴───────┴─────┴→ SWEEP
 *    │      │                                                                    ↓
 *    │      └── BACKOFF ←───────────────────────────────── ENDED ← CLEAN ← DELETE
 *    └───────────────────────────── DONE, FAILED ←───────────┘
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../lib/policy.h"

enum ctr_state {
	CTR_DOWN,    /* nothing runs, and nothing shall */
	CTR_WAIT,    /* for what its after: names */
	CTR_QUEUE,   /* waits for a start slot */
	CTR_PREPARE, /* helper: mounts, directories, cgroups of runtime.json */
	CTR_CREATE,  /* runtime create: the process exists and waits */
	CTR_WIRE,    /* helper: network links and namespaces of runtime.json */
	CTR_START,   /* runtime start */
	CTR_UNREADY, /* its own program runs, and has not yet given its sign */
	CTR_UP,      /* it does its work */
	CTR_STOP,    /* asked to end, has until the deadline */
	CTR_SWEEP,   /* killed: waits until nothing of it runs */
	CTR_DELETE,  /* runtime delete */
	CTR_CLEAN,   /* helper: unmounts; the writable layer of a one-shot is freed */
	CTR_ENDED,   /* passed through in one turn: what next? */
	CTR_BACKOFF, /* starts again at the deadline */
	CTR_DONE,    /* a one-shot that did its work */
	CTR_FAILED,  /* given up, with a reason */
	CTR_STATE_N
};

enum ctr_event {
	CTR_EV_EXIT,      /* the container's own process ended */
	CTR_EV_STEP_OK,   /* the helper or runtime call of this state ended with 0 */
	CTR_EV_STEP_FAIL, /* … with anything else, or could not be started */
	CTR_EV_QUIET,     /* no process of it, no step, its cgroup is empty */
	CTR_EV_TIMEOUT,   /* the state's deadline passed */
	CTR_EV_WANT_DOWN,
	CTR_EV_WANT_UP,
	CTR_EV_CLEAR, /* all that it waits for is so */
	CTR_EV_SLOT,  /* a start slot is free */
	CTR_EV_READY, /* its sign; at once when none was asked for */
	CTR_EV_SICK,  /* its probes say so */
	CTR_EV_AGAIN, /* the four answers of ctr_after() */
	CTR_EV_REST,
	CTR_EV_DONE,
	CTR_EV_GIVE_UP,
	CTR_EVENT_N
};

enum ctr_act {
	CTR_ACT_NONE,
	CTR_ACT_PREPARE,
	CTR_ACT_CREATE,
	CTR_ACT_WIRE,
	CTR_ACT_START,
	CTR_ACT_HOLD, /* a one-shot's time includes its waiting */
	CTR_ACT_RUNS, /* note the time; an end that came first is raised now */
	CTR_ACT_UP,
	CTR_ACT_TERM, /* its stop signal */
	CTR_ACT_KILL, /* step, process and cgroup: SIGKILL */
	CTR_ACT_DELETE,
	CTR_ACT_CLEAN,
	CTR_ACT_DECIDE, /* ctr_after() */
	CTR_ACT_WAIT,   /* set the back-off's deadline */
	CTR_ACT_REPORT, /* say how it ended */
};

struct ctr_step {
	bool possible;
	uint8_t next; /* enum ctr_state */
	uint8_t act;  /* enum ctr_act */
};

/* Its program runs. */
bool ctr_state_runs(enum ctr_state s);
struct ctr_step ctr_next(enum ctr_state s, enum ctr_event e);
const char *ctr_state_name(enum ctr_state s);
const char *ctr_event_name(enum ctr_event e);

/* Holds a start slot: the states in which the runtime works for it. */
bool ctr_state_starting(enum ctr_state s);
/* On the way down: ctr_after() is still to come. */
bool ctr_state_falling(enum ctr_state s);
/* Nothing runs and nothing will by itself. */
bool ctr_state_at_rest(enum ctr_state s);

struct ctr_outcome {
	bool service; /* restarted when it ends; otherwise a one-shot */
	enum policy_restart policy;
	bool want_up;
	bool retry;   /* a one-shot that may try once more */
	bool restart; /* asked for */
	bool started; /* its own program ran */
	bool clean;   /* … and ended by itself with exit status 0 */
};

/* One of CTR_EV_AGAIN, _REST, _DONE, _GIVE_UP. */
enum ctr_event ctr_after(const struct ctr_outcome *o);

/* Back-off: first delay, doubled for each start in a row that did not last, up to the cap. */
struct backoff {
	uint32_t first_ms, cap_ms;
	uint32_t stable_ms; /* an UP of this length starts the row anew */
	uint32_t in_a_row;
};

void backoff_note(struct backoff *b, int64_t up_ms); /* how long it was up; 0: never */
/* `random` spreads the delay over its upper quarter, so that services do not restart in step. */
uint32_t backoff_delay(const struct backoff *b, uint32_t random);
