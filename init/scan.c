#include "scan.h"

#include <string.h>

static const char *const folders[] = {
	[CTR_ONBOOT] = "/containers/onboot",
	[CTR_ONSHUTDOWN] = "/containers/onshutdown",
	[CTR_SERVICE] = "/containers/services",
};
_Static_assert(sizeof(folders) / sizeof(folders[0]) == CTR_KIND_N, "a kind has no folder");

const char *scan_folder(enum ctr_kind kind)
{
	return folders[kind];
}

static bool ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

/* The id and the group become parts of paths. */
bool scan_record_ok(const struct scan_record *rec)
{
	return ended(rec->id, sizeof(rec->id)) && ended(rec->cgroup, sizeof(rec->cgroup)) &&
	       ended(rec->error, sizeof(rec->error)) && rec->kind < CTR_KIND_N && rec->id[0] &&
	       !strchr(rec->id, '/') && strcmp(rec->id, "..") != 0 && !strstr(rec->cgroup, "..") &&
	       rec->stop_ms <= INT32_MAX && rec->timeout_ms <= INT32_MAX && rec->stop_signal > 0 &&
	       rec->stop_signal < 65;
}
