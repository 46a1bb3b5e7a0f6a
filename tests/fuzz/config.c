/* config.json, as the scan helper reads it, and the record that PID 1 gets of it. */
#include <sys/stat.h>

#include "folder.h"

/* The folders of an image are one folder here. */
#define scan_folder scan_folder_of_an_image
#include "../../init/scan.c"
#undef scan_folder
const char *scan_folder(enum ctr_kind kind);
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
	MUST(scan_record_ok(&rec));
	return 0;
}
