#include "scan.h"

#include <string.h>

static const char *const folders[] = {
	[CTR_ONBOOT] = "/containers/onboot",
	[CTR_ONSHUTDOWN] = "/containers/onshutdown",
	[CTR_SERVICE] = "/containers/services",
};
_Static_assert(sizeof(folders) / sizeof(folders[0]) == CTR_KIND_N, "a kind has no folder");

const char *scan_programs(enum ctr_kind kind)
{
	return kind == CTR_ONSHUTDOWN ? "/etc/shutdown.d" : "/etc/init.d";
}

const char *scan_folder(enum ctr_kind kind)
{
	return folders[kind];
}

const char *scan_name(const struct scan_record *rec)
{
	const char *dash = strchr(rec->id, '-');

	return rec->kind == CTR_SERVICE || rec->program || !dash ? rec->id : dash + 1;
}

static bool ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

/* Not by its value: to read anything but 0 and 1 as a bool is undefined. */
static bool is_bool(const bool *b)
{
	uint8_t byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

/* What the table, the paths and the arithmetic rely on. */
static bool policy_ok(const struct policy *y)
{
	return is_bool(&y->critical) && is_bool(&y->oneshot) && is_bool(&y->maintenance) &&
	       is_bool(&y->limited) && ended(y->ready_arg, sizeof(y->ready_arg)) &&
	       ended(y->health_arg, sizeof(y->health_arg)) && ended(y->after, sizeof(y->after)) &&
	       y->stop_ms <= INT32_MAX && y->timeout_ms <= INT32_MAX && y->ready_ms <= INT32_MAX &&
	       y->runtime_ms <= INT32_MAX && y->health_ms <= INT32_MAX &&
	       y->health_every_ms <= INT32_MAX && y->backoff_first_ms <= INT32_MAX &&
	       y->backoff_cap_ms <= INT32_MAX && y->stop_signal > 0 && y->stop_signal < 65 &&
	       y->restart <= RESTART_NEVER && y->onfail <= ONFAIL_MAINTENANCE &&
	       y->ready <= PROBE_EXEC && y->health <= PROBE_EXEC &&
	       y->health_action <= HEALTH_NONE && y->health_of >= y->health_fails &&
	       y->health_fails > 0 && y->health_of <= 32 && y->log_bytes >= 4096 &&
	       y->log_bytes <= 16 * 1024 * 1024 && (y->log_bytes & (y->log_bytes - 1)) == 0;
}

static bool after_ok(const struct scan_record *rec)
{
	for (size_t i = 0; i < rec->after_n && i < POLICY_AFTER_N; i++) {
		const struct scan_after *a = &rec->after[i];

		if (a->kind > AFTER_DEV || a->stage > STAGE_DEFAULT ||
			(a->kind == AFTER_DEV && a->at >= POLICY_AFTER_MAX))
			return false;
	}
	return rec->after_n <= POLICY_AFTER_N;
}

/* The id and the group become parts of paths. */
bool scan_record_ok(const struct scan_record *rec)
{
	return ended(rec->id, sizeof(rec->id)) && ended(rec->cgroup, sizeof(rec->cgroup)) &&
	       ended(rec->error, sizeof(rec->error)) && rec->kind < CTR_KIND_N && rec->id[0] &&
	       !strchr(rec->id, '/') && strcmp(rec->id, "..") != 0 && !strstr(rec->cgroup, "..") &&
	       policy_ok(&rec->policy) && after_ok(rec);
}
