/* config.json, as the scan helper reads it, and the record that PID 1 gets of it. */
#include <sys/stat.h>

#include "folder.h"

#include "../../init/helper_scan.c"

const char *scan_folder(enum ctr_kind kind)
{
	(void)kind;
	return fuzz_folder;
}

int volumes_mount(const char *dir)
{
	(void)dir;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_record rec;

	folder_put("config.json", data, size);
	rec = read_bundle(CTR_SERVICE, "c");
	MUST(strcmp(rec.id, "c") == 0);
	MUST(memchr(rec.error, '\0', sizeof(rec.error)));
	MUST(memchr(rec.cgroup, '\0', sizeof(rec.cgroup)));
	MUST(rec.error[0] || !strstr(rec.cgroup, ".."));
	MUST(rec.stop_ms <= INT32_MAX && rec.timeout_ms <= INT32_MAX);
	MUST(rec.stop_signal > 0 && rec.stop_signal < 64);
	return 0;
}
