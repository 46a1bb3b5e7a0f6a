/*
 * What a user asks of the supervisor for one container: the keys of policy_rows.h.  The assembler
 * takes them in YAML or as annotations, checks them here and writes annotations; PID 1's scan
 * helper reads those, here too.  A value that cannot be read changes nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_PREFIX "org.nanny." /* + key = annotation */

/* ready: notify.  PID 1 keeps a socket and a FIFO in a folder of each container's own. */
#define NOTIFY_OUTSIDE "/run/nanny/notify" /* + "/" + id */
#define NOTIFY_INSIDE  "/dev/nanny"        /* where the assembler binds that folder */
#define NOTIFY_SOCKET  "notify" /* sd_notify(3); NOTIFY_SOCKET in the environment names it */
#define NOTIFY_FIFO    "ready"  /* a newline written here, as s6's notification-fd */

enum {
	POLICY_ONBOOT = 1,
	POLICY_ONSHUTDOWN = 2,
	POLICY_SERVICE = 4,
	POLICY_ONESHOT = POLICY_ONBOOT | POLICY_ONSHUTDOWN,
	POLICY_ANY = POLICY_ONESHOT | POLICY_SERVICE,

	POLICY_ARG_MAX = 96, /* bytes of what ready: and health: are given, NUL included */
	POLICY_AFTER_MAX = 160,
	POLICY_AFTER_N = 8, /* words in one after: */
};

enum policy_restart {
	RESTART_ALWAYS,
	RESTART_ON_FAILURE,
	RESTART_NEVER,
};

/* What a failed step leads to, when its retries are used up. */
enum policy_onfail {
	ONFAIL_CONTINUE, /* the machine is degraded, and goes on */
	ONFAIL_IGNORE,   /* as LinuxKit does: nothing at all */
	ONFAIL_REBOOT,
	ONFAIL_ROLLBACK,
	ONFAIL_MAINTENANCE,
};

enum policy_probe {
	PROBE_NONE,
	PROBE_LOG,    /* a line of its output holds a text */
	PROBE_NOTIFY, /* it says so itself (sd_notify(3), or a newline as for s6) */
	PROBE_TCP,
	PROBE_FILE,
	PROBE_HTTP,
	PROBE_EXEC,
};

enum policy_health_action {
	HEALTH_RESTART,
	HEALTH_REBOOT,
	HEALTH_NONE, /* only said */
};

struct policy {
	uint32_t backoff_first_ms, backoff_cap_ms, stable_ms;
	uint32_t escalate;
	uint32_t timeout_ms, ready_ms, runtime_ms, stop_ms, unwell_ms;
	uint32_t health_every_ms, health_ms;
	uint32_t log_bytes;
	int32_t stop_signal;
	uint16_t retries;
	uint8_t restart, onfail, ready, health, health_action; /* the enums above */
	uint8_t health_fails, health_of;
	bool critical, oneshot, maintenance;
	bool limited; /* memory, cpu or pids: nanny-wire reads their values itself */
	char ready_arg[POLICY_ARG_MAX], health_arg[POLICY_ARG_MAX];
	char after[POLICY_AFTER_MAX]; /* words, one space between them */
};

struct policy_row {
	const char *key;
	const char *form, *fallback, *help;
	unsigned kinds; /* bits POLICY_ONBOOT … */
	bool (*take)(struct policy *p, const char *text);
};

extern const struct policy_row policy_rows[];
extern const size_t policy_rows_n;

/* By key ("restart"); NULL when there is none. */
const struct policy_row *policy_find(const char *key);
/* Every fallback taken. */
struct policy policy_default(void);

/* A word of after: */
enum after_kind {
	AFTER_CTR,
	AFTER_NET,
	AFTER_CLOCK,
	AFTER_DEV, /* name is the device's path */
};
enum after_stage {
	STAGE_STARTED,
	STAGE_READY, /* the default for a service; DONE for a one-shot */
	STAGE_DONE,
	STAGE_DEFAULT,
};
struct after_word {
	enum after_kind kind;
	enum after_stage stage;
	const char *name; /* not ended by NUL */
	size_t len;
};
/* The next word of a list that has been checked; false at its end.  *at moves on. */
bool policy_after_next(const char **at, struct after_word *ret);

/* "500ms", "10s", "5m", "2h", or "0"; false for anything else or more than 24 days. */
bool policy_duration(const char *text, uint32_t *ret_ms);
/* "64k", "16m", "1g" or bytes. */
bool policy_bytes(const char *text, uint64_t *ret);
/* "0.5" or "50%": thousandths of one processor. */
bool policy_cpus(const char *text, uint32_t *ret_thousandths);
