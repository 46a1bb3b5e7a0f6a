#include "ctr_sm.h"

#include <stddef.h>

/* clang-format off: a table is read by its columns */
#define TO(s, a)                                                                                   \
	{                                                                                          \
		.possible = true, .next = CTR_##s, .act = CTR_ACT_##a                              \
	}

/* Facts that may come late, in any state that runs nothing: they change nothing. */
#define IGNORED(s)                                                                                 \
	[CTR_EV_EXIT] = TO(s, NONE), [CTR_EV_STEP_OK] = TO(s, NONE),                               \
	[CTR_EV_STEP_FAIL] = TO(s, NONE), [CTR_EV_QUIET] = TO(s, NONE)

/* On the way up everything that goes wrong leads through the sweep: there may be half a container.
 */
#define RISING(s, next_state, next_act)                                                            \
	[CTR_EV_STEP_OK] = TO(next_state, next_act), [CTR_EV_STEP_FAIL] = TO(SWEEP, KILL),         \
	[CTR_EV_TIMEOUT] = TO(SWEEP, KILL), [CTR_EV_WANT_DOWN] = TO(SWEEP, KILL),                  \
	[CTR_EV_WANT_UP] = TO(s, NONE)

/* On the way down what is wanted is only noted; ctr_after() looks at it. */
#define FALLING(s) [CTR_EV_WANT_DOWN] = TO(s, NONE), [CTR_EV_WANT_UP] = TO(s, NONE)

static const struct ctr_step table[CTR_STATE_N][CTR_EVENT_N] =
	{
		[CTR_DOWN] =
			{
				IGNORED(DOWN),
				[CTR_EV_WANT_UP] = TO(WAIT, HOLD),
				[CTR_EV_WANT_DOWN] = TO(DOWN, NONE),
			},
		[CTR_WAIT] =
			{
				IGNORED(WAIT),
				[CTR_EV_CLEAR] = TO(QUEUE, NONE),
				[CTR_EV_TIMEOUT] = TO(ENDED, DECIDE),
				[CTR_EV_WANT_UP] = TO(WAIT, NONE),
				[CTR_EV_WANT_DOWN] = TO(DOWN, NONE),
			},
		[CTR_QUEUE] =
			{
				IGNORED(QUEUE),
				[CTR_EV_SLOT] = TO(PREPARE, PREPARE),
				[CTR_EV_WANT_UP] = TO(QUEUE, NONE),
				[CTR_EV_WANT_DOWN] = TO(DOWN, NONE),
			},
		[CTR_PREPARE] = {RISING(PREPARE, CREATE, CREATE)},
		[CTR_CREATE] =
			{
				RISING(CREATE, WIRE, WIRE),
				[CTR_EV_EXIT] = TO(SWEEP, KILL),
			},
		[CTR_WIRE] =
			{
				RISING(WIRE, START, START),
				[CTR_EV_EXIT] = TO(SWEEP, KILL),
			},
		[CTR_START] =
			{
				RISING(START, UNREADY, RUNS),
				/* A short program ends before the runtime has said that it started:
				   wait for that. */
				[CTR_EV_EXIT] = TO(START, NONE),
			},
		[CTR_UNREADY] =
			{
				[CTR_EV_EXIT] = TO(SWEEP, KILL),
				[CTR_EV_READY] = TO(UP, UP),
				[CTR_EV_TIMEOUT] = TO(STOP, TERM),
				[CTR_EV_WANT_DOWN] = TO(STOP, TERM),
				[CTR_EV_WANT_UP] = TO(UNREADY, NONE),
			},
		[CTR_UP] =
			{
				[CTR_EV_EXIT] = TO(SWEEP, KILL),
				[CTR_EV_TIMEOUT] = TO(STOP, TERM),
				[CTR_EV_SICK] = TO(STOP, TERM),
				[CTR_EV_WANT_DOWN] = TO(STOP, TERM),
				[CTR_EV_WANT_UP] = TO(UP, NONE),
			},
		[CTR_STOP] =
			{
				FALLING(STOP),
				[CTR_EV_EXIT] = TO(SWEEP, KILL),
				[CTR_EV_TIMEOUT] = TO(SWEEP, KILL),
			},
		[CTR_SWEEP] =
			{
				FALLING(SWEEP),
				[CTR_EV_EXIT] = TO(SWEEP, NONE),
				[CTR_EV_STEP_OK] = TO(SWEEP, NONE),
				[CTR_EV_STEP_FAIL] = TO(SWEEP, NONE),
				[CTR_EV_QUIET] = TO(DELETE, DELETE),
				/* An unkillable process (state D) must not hold up the rest for
				   ever. */
				[CTR_EV_TIMEOUT] = TO(DELETE, DELETE),
			},
		[CTR_DELETE] =
			{
				FALLING(DELETE),
				[CTR_EV_EXIT] = TO(DELETE, NONE),
				[CTR_EV_QUIET] = TO(DELETE, NONE),
				[CTR_EV_STEP_OK] = TO(CLEAN, CLEAN),
				/* The next create says what is wrong, if it matters. */
				[CTR_EV_STEP_FAIL] = TO(CLEAN, CLEAN),
				[CTR_EV_TIMEOUT] = TO(CLEAN, CLEAN),
			},
		[CTR_CLEAN] =
			{
				FALLING(CLEAN),
				[CTR_EV_EXIT] = TO(CLEAN, NONE),
				[CTR_EV_QUIET] = TO(CLEAN, NONE),
				[CTR_EV_STEP_OK] = TO(ENDED, DECIDE),
				[CTR_EV_STEP_FAIL] = TO(ENDED, DECIDE),
				[CTR_EV_TIMEOUT] = TO(ENDED, DECIDE),
			},
		[CTR_ENDED] =
			{
				FALLING(ENDED),
				IGNORED(ENDED),
				[CTR_EV_AGAIN] = TO(BACKOFF, WAIT),
				[CTR_EV_REST] = TO(DOWN, REPORT),
				[CTR_EV_DONE] = TO(DONE, REPORT),
				[CTR_EV_GIVE_UP] = TO(FAILED, REPORT),
			},
		[CTR_BACKOFF] =
			{
				IGNORED(BACKOFF),
				[CTR_EV_TIMEOUT] = TO(WAIT, HOLD),
				[CTR_EV_WANT_UP] = TO(WAIT, HOLD),
				[CTR_EV_WANT_DOWN] = TO(DOWN, NONE),
			},
		[CTR_DONE] =
			{
				IGNORED(DONE),
				[CTR_EV_WANT_UP] = TO(WAIT, HOLD),
				[CTR_EV_WANT_DOWN] = TO(DONE, NONE),
			},
		[CTR_FAILED] =
			{
				IGNORED(FAILED),
				[CTR_EV_WANT_UP] = TO(WAIT, HOLD),
				[CTR_EV_WANT_DOWN] = TO(FAILED, NONE),
			},
};
/* clang-format on */

static const char *const state_names[] = {
	[CTR_DOWN] = "down",
	[CTR_WAIT] = "waiting",
	[CTR_QUEUE] = "queued",
	[CTR_PREPARE] = "preparing",
	[CTR_CREATE] = "creating",
	[CTR_WIRE] = "wiring",
	[CTR_START] = "starting",
	[CTR_UNREADY] = "unready",
	[CTR_UP] = "up",
	[CTR_STOP] = "stopping",
	[CTR_SWEEP] = "sweeping",
	[CTR_DELETE] = "deleting",
	[CTR_CLEAN] = "cleaning",
	[CTR_ENDED] = "ended",
	[CTR_BACKOFF] = "backoff",
	[CTR_DONE] = "done",
	[CTR_FAILED] = "failed",
};
_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == CTR_STATE_N, "a state has no name");

static const char *const event_names[] = {
	[CTR_EV_EXIT] = "exit",
	[CTR_EV_STEP_OK] = "step-ok",
	[CTR_EV_STEP_FAIL] = "step-fail",
	[CTR_EV_QUIET] = "quiet",
	[CTR_EV_TIMEOUT] = "timeout",
	[CTR_EV_WANT_DOWN] = "want-down",
	[CTR_EV_WANT_UP] = "want-up",
	[CTR_EV_CLEAR] = "clear",
	[CTR_EV_SLOT] = "slot",
	[CTR_EV_READY] = "ready",
	[CTR_EV_SICK] = "sick",
	[CTR_EV_AGAIN] = "again",
	[CTR_EV_REST] = "rest",
	[CTR_EV_DONE] = "done",
	[CTR_EV_GIVE_UP] = "give-up",
};
_Static_assert(sizeof(event_names) / sizeof(event_names[0]) == CTR_EVENT_N, "an event has no name");

struct ctr_step ctr_next(enum ctr_state s, enum ctr_event e)
{
	return table[s][e];
}

const char *ctr_state_name(enum ctr_state s)
{
	return state_names[s];
}

const char *ctr_event_name(enum ctr_event e)
{
	return event_names[e];
}

bool ctr_state_starting(enum ctr_state s)
{
	return s >= CTR_PREPARE && s <= CTR_START;
}

bool ctr_state_falling(enum ctr_state s)
{
	return s >= CTR_STOP && s <= CTR_ENDED;
}

bool ctr_state_at_rest(enum ctr_state s)
{
	return s == CTR_DOWN || s == CTR_DONE || s == CTR_FAILED;
}

bool ctr_state_runs(enum ctr_state s)
{
	return s == CTR_UNREADY || s == CTR_UP;
}

/* A service's end by itself, by its policy; a stop that was asked for is none of it. */
static enum ctr_event after_service(const struct ctr_outcome *o)
{
	bool good = o->started && o->clean;

	if (!o->want_up)
		return CTR_EV_REST;
	if (o->policy == RESTART_ALWAYS || (o->policy == RESTART_ON_FAILURE && !good))
		return CTR_EV_AGAIN;
	return good ? CTR_EV_DONE : CTR_EV_GIVE_UP;
}

enum ctr_event ctr_after(const struct ctr_outcome *o)
{
	if (o->restart)
		return CTR_EV_AGAIN;
	if (o->service)
		return after_service(o);
	if (o->started && o->clean)
		return CTR_EV_DONE;
	return o->want_up && o->retry ? CTR_EV_AGAIN : CTR_EV_GIVE_UP;
}

void backoff_note(struct backoff *b, int64_t up_ms)
{
	if (up_ms >= b->stable_ms)
		b->in_a_row = 0;
	if (b->in_a_row < UINT32_MAX)
		b->in_a_row++;
}

uint32_t backoff_delay(const struct backoff *b, uint32_t random)
{
	uint64_t delay = b->first_ms;

	for (uint32_t i = 1; i < b->in_a_row && delay < b->cap_ms; i++)
		delay *= 2;
	if (delay > b->cap_ms)
		delay = b->cap_ms;
	return (uint32_t)(delay - delay / 4 * (random % 1024) / 1024);
}
