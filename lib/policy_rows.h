/*
 * Everything a user may ask of the supervisor for one container, a row each:
 *
 *   POLICY(KEY, KINDS, FORM, FALLBACK, PARSER, HELP)
 *
 * KEY is the YAML key and, after "org.nanny.", the annotation of config.json.  The rows make the
 * assembler's schema, the parser on both sides (policy.c) and are what the manual and the golden
 * files in tests/fixtures/spec are checked against.  FORM says what would be right; FALLBACK is the
 * value when there is none ("": nothing).
 */
/* clang-format off: a table is read by its columns */
POLICY("after", POLICY_ANY, "net, clock, dev:PATH, or names with :started, :ready or :done", "",
	take_after, "what must be so before it starts")
POLICY("backoff", POLICY_ANY, "FIRST[,CAP[,STABLE]] as durations, such as 100ms,60s,10s",
	"100ms,60s,10s", take_backoff,
	"the delay before a restart, its limit, and what counts as having run well")
POLICY("cpu", POLICY_ANY, "processors it may use, such as 0.5, or a percentage of one, such as 50%",
	"", take_cpu, "limit of processor time")
POLICY("critical", POLICY_SERVICE, "true or false", "false", take_critical,
	"without it the machine is of no use: it reboots when restarts do not help")
POLICY("escalate", POLICY_SERVICE, "a number of failures in a row, 0 to 1000", "5", take_escalate,
	"how many failures lead to the next measure; 0: only ever restart")
POLICY("health", POLICY_SERVICE, "tcp PORT, http PORT[/PATH], or exec PROGRAM ARGUMENT...", "",
	take_health, "how to find out whether it is well")
POLICY("health-action", POLICY_SERVICE, "restart, reboot or none", "restart", take_health_action,
	"what is done about one that is not")
POLICY("health-interval", POLICY_SERVICE, "a duration from 100ms", "10s", take_health_interval,
	"from one probe to the next")
POLICY("health-timeout", POLICY_SERVICE, "a duration from 10ms", "5s", take_health_timeout,
	"how long a probe may take")
POLICY("health-tries", POLICY_SERVICE, "K, or K/N with K <= N <= 32", "3", take_health_tries,
	"so many probes, of the last N, must fail")
POLICY("log-size", POLICY_ANY, "4k to 16m, a power of two", "64k", take_log_size,
	"how much of its output is kept")
POLICY("maintenance", POLICY_ANY, "true or false", "false", take_maintenance,
	"it also runs in maintenance mode")
POLICY("memory", POLICY_ANY, "a size from 16m on, such as 64m", "", take_memory,
	"limit of memory; beyond it the whole container is killed")
POLICY("oneshot", POLICY_SERVICE, "true or false", "false", take_oneshot,
	"it ends by itself, and that is its success")
POLICY("onfail", POLICY_ONESHOT, "[retry N] and continue, ignore, reboot, rollback or maintenance",
	"continue", take_onfail, "what a step that fails leads to")
POLICY("pids", POLICY_ANY, "a number of processes, 1 to 4194304", "", take_pids,
	"limit of processes and threads")
POLICY("ready", POLICY_SERVICE, "log TEXT, tcp PORT, file PATH or notify", "", take_ready,
	"the sign that it does its work")
POLICY("ready-timeout", POLICY_SERVICE, "a duration; 0 is no limit", "2m", take_ready_timeout,
	"how long that may take")
POLICY("restart", POLICY_SERVICE, "always, on-failure or never", "always", take_restart,
	"what follows when it ends")
POLICY("runtime-timeout", POLICY_ANY, "a duration from 1s", "60s", take_runtime_timeout,
	"how long one call of the runtime or a helper may take")
POLICY("stop-signal", POLICY_ANY, "the name of a signal, such as TERM", "TERM", take_stop_signal,
	"what asks it to end")
POLICY("stop-timeout", POLICY_ANY, "a duration, such as 500ms, 10s or 5m", "10s", take_stop_timeout,
	"from that signal to KILL")
POLICY("timeout", POLICY_ONESHOT, "a duration, such as 500ms, 10s or 5m; 0 is no limit", "5m",
	take_timeout, "how long a step may take, its waiting included")
POLICY("tmpfs-size", POLICY_ANY, "a size, such as 64m or 25%", "64m", take_tmpfs_size,
	"of its writable layer")
POLICY("unwell-timeout", POLICY_SERVICE, "a duration from 1s; 0 is no limit", "10m",
	take_unwell_timeout, "how long a critical one may be unwell before the watchdog bites")
/* clang-format on */
