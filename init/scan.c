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

const char *scan_name(const struct scan_record *rec)
{
	const char *dash = strchr(rec->id, '-');

	return rec->kind == CTR_SERVICE || !dash ? rec->id : dash + 1;
}
