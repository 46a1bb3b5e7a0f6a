/*
 * A world for the supervisor: init/sys.h without a kernel.  Time stands still but for
 * sys_epoll_wait(), which jumps to the next thing that happens: a child's end, a deadline, a
 * signal. So hours of supervision run in milliseconds, always the same way.
 *
 * The world knows the helpers and the runtime by their command lines and plays them; what the
 * containers do is written in struct fake_ctr.  Any single call of the seam can be made to fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../init/kept.h"
#include "../../init/scan.h"

enum {
	FAKE_CTRS = 40,
	FAKE_FOREVER = -1,
	FAKE_BITTEN = -3,  /* world.rebooted: it was the watchdog */
	FAKE_AT_ONCE = -2, /* run_ms: ends before the runtime has said that it started */
};

struct fake_ctr {
	const char *id;
	enum ctr_kind kind;
	int64_t run_ms;  /* its program ends by itself after this; FAKE_FOREVER */
	int status;      /* as wait(2) gives it then */
	int64_t term_ms; /* from the stop signal to its end; FAKE_FOREVER: ignores it */
	uint32_t stop_ms, timeout_ms;
	struct policy policy; /* the defaults; stop_ms and timeout_ms above count */
	struct scan_after after[POLICY_AFTER_N];
	uint8_t after_n;
	int64_t well_from, well_until; /* what its probes see, by the clock */
	bool probe_hangs;
	bool program;       /* of /etc/init.d: no runtime, and it runs from its start on */
	const char *error;  /* the scan says it cannot be run */
	const char *prints; /* at its start, on stdout */
	int fail_create, fail_start, fail_prepare; /* so many calls fail first */
	bool no_runtime;                           /* fail_create: it cannot even be run */
	int hang_create;                           /* so many calls never end by themselves */
	const char *bad_pid;   /* what the runtime writes into the first pid file */
	const char *complains; /* the runtime, on stderr, at the end of each call */
	size_t complains_len;
	bool groups_below; /* it has made control groups below its own */
	/* what the world saw */
	int probed;
	int created, started, deleted, termed, killed, prepared, cleaned;
	int64_t started_at[64]; /* the first ones */
	int64_t ended_at;
};

struct fake_world {
	struct fake_ctr ctr[FAKE_CTRS];
	size_t n;
	struct fake_ctr unknown; /* of all ids that are not there (scan_raw) */
	int scan_bad;            /* the helper: 1 dies, 2 hangs, 3 writes garbage */
	const void *scan_raw;    /* what it writes instead of its records, if not NULL */
	size_t scan_raw_len;
	int unmount_hangs;
	int64_t off_ms; /* what the last helper takes longer */
	int clocks;     /* so often was the time saved */
	char off[16];   /* what the last helper was told */
	int64_t now;
	int64_t look_at; /* time stops here for a moment, so that a test may look; 0: nowhere */
	int rebooted;    /* the argument of the last reboot(2), by PID 1 or its helper; 0: none */
	int64_t rebooted_at;
	int killed_all;
	int64_t wall_ms;      /* what the wall clock is ahead of the monotonic one */
	bool wall_wild;       /* it jumps by up to ten years at every look */
	uint64_t calls;       /* of the seam, so far */
	uint64_t fail_at;     /* the number of the one call that fails; 0: none */
	const char *failed;   /* its name */
	bool idle;            /* the loop waits, and nothing will ever happen */
	int strangers_killed; /* signals sent to a process that was already gone */
	int64_t clock_at;     /* synchronised from then on; 0: never */
	struct {
		size_t len; /* 0: messages were lost */
		char bytes[256];
	} netlink[32]; /* what the kernel says next */
	size_t netlink_n;
	int plugs;       /* coldplug helpers started */
	int plug_status; /* as wait(2) gives it */
	bool plug_hangs;
	struct ledger ledger; /* what the scan helper found; its store is ram or pmsg */
	_Alignas(8) char ram[KEPT_SIZE];
	char pmsg[1024];       /* what was written to it */
	const char *board;     /* /etc/nanny/board */
	unsigned watchdog_max; /* seconds it can do; 0: there is none */
	int64_t armed_ms, fed_at, alarm_at;
	int fed, let_go;
	char led[256];    /* "trigger=timer delay_on=100 …" */
	char order[4096]; /* "create:feeder start:feeder …" */
	char log[16384];  /* what was written to the console */
};

enum {
	FAKE_RAM = 4096, /* the address of world.ram */
};

extern struct fake_world world;

void fake_reset(void);
struct fake_ctr *fake_add(enum ctr_kind kind, const char *id);
void fake_signal(int64_t at_ms, int signal);
/* A process's death that PID 1 did not cause. */
void fake_crash(struct fake_ctr *c, int64_t at_ms, int status);
void fake_orphans(int64_t at_ms, int count);
/* fds that the code under test has not closed, without those the world was told to expect. */
int fake_open_fds(void);
int fake_live_children(void);
/* A control client: connects, sends the request; what is answered is in fake_answer(). */
int fake_client(const char *request, unsigned uid);
const char *fake_answer(int client);
/* A client of memlogd's query socket; otherwise as fake_client(). */
int fake_query(const void *bytes, size_t len);
/* A source's name and pipe are sent; its write end, for fake_log() and fake_log_close(). */
int fake_log_source(const char *name);
void fake_log(int source, const char *text);
void fake_log_close(int source);
/* More of its request; what it has no room for is lost. */
void fake_send(int client, const void *data, size_t len);
/* It reads no more than so many bytes from now on. */
void fake_window(int client, size_t bytes);
/* It has gone: the socket reads as ended, and takes nothing. */
void fake_hangup(int client);
