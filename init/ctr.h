/*
 * The containers: what is known of each (facts), and what is done about it (effects).  ctr_sm.h
 * decides.  Handlers only record facts with the functions under "Facts"; ctr_settle() then walks
 * the table until nothing changes.  Owns every fd and pid named in struct ctr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "console.h"
#include "ctr_sm.h"
#include "health.h"
#include "ladder.h"
#include "ring.h"
#include "scan.h"

enum {
	CTR_LOG_BUDGET =
		16 * 1024 * 1024, /* for all rings; beyond it each gets its half, and again */
	CTR_RING_LEAST = 4096,
	CTR_LAST_WORDS = 8192, /* of runs that ended badly */
	CTR_PATH_MAX = 192,
};

#define CTR_NEVER INT64_MAX

/* Why PID 1 ended it, if it did. */
enum ctr_cause {
	CAUSE_NONE,
	CAUSE_TIMEOUT, /* a one-shot was not done */
	CAUSE_UNREADY, /* no sign of readiness */
	CAUSE_SICK,
	CAUSE_MEMORY, /* the kernel did, for want of memory */
};

/* When it first came there; 0: never.  For the timeline of the boot. */
enum ctr_mark {
	MARK_WAIT,
	MARK_START,
	MARK_RUNS,
	MARK_READY,
	MARK_END,
	MARK_N
};

struct probe {
	pid_t pid; /* 0: none */
	int pidfd;
	bool asked; /* to end: its time is over */
	int64_t at; /* the next one is due, or this one's time is over; CTR_NEVER */
};

struct ctr {
	const struct scan_record *def; /* pool::records */
	const char *name;              /* in def->id, without "NNN-" of one-shots */
	enum ctr_state state;
	uint32_t pending; /* a bit per ctr_event not yet looked at */

	bool want_up;
	bool restart_now; /* asked for: no back-off before the next start */
	bool prepared;    /* mounts of runtime.json are in place */
	bool exited;      /* `status` is that of the last run */
	bool started;     /* the runtime said so, in the last run */
	bool fresh;       /* the next start gets an empty writable layer */
	bool shares;      /* its control group is another's, too, by the image's wish */
	enum ctr_cause cause;
	enum rung rung;
	uint32_t tries;  /* of a one-shot with retries */
	bool sign;       /* of readiness, given before the runtime said that it started */
	uint8_t matched; /* bytes of the text that `ready: log` looks for */

	pid_t pid, step_pid; /* 0: none */
	int pidfd, step_pidfd;
	uint64_t step_said;     /* the first line of the step that runs, in ring */
	int out[2], err[2];     /* read end, write end; both stay open from start to start */
	int cgroup_fd;          /* watched in CTR_SWEEP only */
	int notify_fd, fifo_fd; /* -1 but for `ready: notify` */
	struct probe probe;
	struct health health;
	int64_t not_well_since; /* by its probes, in this run; 0: it is well, or they are few yet */

	int64_t deadline; /* of the state; CTR_NEVER */
	int64_t since;    /* the state's beginning */
	int64_t limit_at; /* a one-shot must be through; CTR_NEVER */
	int64_t begun_at; /* of this start */
	int64_t well_at;  /* a critical service was last seen well; 0: never looked */
	int64_t good_at;  /* its last health probe that was good; 0: none in this run */
	int64_t well_ms;  /* so long was its last run up and well */
	int64_t mark[MARK_N];
	int status; /* as wait(2) gives it */
	uint32_t starts;
	struct backoff backoff;
	char reason[160]; /* why it is where it is, for people; "" */
	struct ring ring;
	struct ring last_words; /* of runs that ended badly, each under a line that says how */
};

struct ctr_pool {
	struct ctr *ctr;
	struct scan_record *records;
	size_t n;
	unsigned log_shift;  /* by how much the rings shrink so that all of them fit the budget */
	unsigned slots;      /* how many may start at once */
	uint64_t impossible; /* cells of the table that were never to be reached */
	int epfd;
	int64_t now;
	const char *runtime; /* path of runc, crun … */
	const char *self;    /* path of this program, for helpers */
	bool debug;          /* linuxkit.runc_debug=1: the runtime tells what it does */
	bool bare; /* linuxkit.runc_console=1: the words of one-shots without their names */
	struct console *console;
	int null_fd;
	bool net, clock; /* conditions of after: */
	struct ring *events;
	struct ctr *remedy_for; /* restarting it does not help: the machine's turn */
};

/* Takes the memory for n containers: the last allocation of the boot.  -ENOMEM. */
int ctr_pool_init(struct ctr_pool *p, size_t n);
/* After the n records have been filled in: from here on the containers are there. */
void ctr_pool_ready(struct ctr_pool *p, size_t n);
/* Memory for its output; without it, it runs all the same, and the next start tries again. */
void ctr_open_rings(const struct ctr_pool *p, struct ctr *c);

/* Others wait for its end: onboot, onshutdown, a program of /etc/init.d. */
static inline bool ctr_is_step(const struct ctr *c)
{
	return c->def->kind != CTR_SERVICE || c->def->program;
}

/* What is wished of it. */
void ctr_want(struct ctr *c, bool up);
void ctr_restart(struct ctr *c);

/*
 * What a program of the machine has started stays when it ends by itself: that is how gettys and
 * daemons come about.
 */
bool ctr_leaves(const struct ctr *c);
/*
 * How long this run has been up and well.  What it did before it was ready does not count, nor
 * what came after the last good probe when the next one failed: a run is not stable because its
 * failure is noticed late.
 */
int64_t ctr_well_for(const struct ctr *c, int64_t now);
/* A service that gets over its failures, or has had none. */
bool ctr_is_stable(const struct ctr *c, int64_t now);
struct ctr *ctr_find(struct ctr_pool *p, const char *name);
/* "exit status 3", "killed by signal 9 (KILL)" */
const char *ctr_how(const struct ctr *c, char *buf, size_t size);
