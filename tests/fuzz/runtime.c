/*
 * runtime.json, as helper_prepare and the scan read it.  Nothing is mounted or made: the calls are
 * played here, and every path that would have been used is looked at.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "folder.h"

static int fuzz_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data)
{
	(void)source;
	(void)type;
	(void)flags;
	MUST(target && target[0] == '/' && strlen(target) < 512);
	MUST(!data || strlen(data) < 4096);
	return 0;
}

static int fuzz_mkdir(const char *path, mode_t mode)
{
	(void)mode;
	MUST(*path && strlen(path) < 512);
	return 0;
}

#define mount fuzz_mount
#define mkdir fuzz_mkdir
#include "../../init/bundle.c"
#undef FLAGS
#include "../../init/helper_prepare.c"
#undef mount
#undef mkdir
#define fail scan_fail
#include "../../init/helper_scan.c"

int volumes_mount(const char *dir)
{
	(void)dir;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = HELPER_PREPARE;
	struct scan_record rec = {0};
	char bundle[96];
	char *argv[] = {name, bundle, NULL};
	FILE *real = stderr;

	folder_put("runtime.json", data, size);
	snprintf(bundle, sizeof(bundle), "%s/c", fuzz_folder);
	stderr = fopen("/dev/null", "w"); /* what it complains of is not looked at */
	MUST(stderr);
	(void)helper_prepare(2, argv);
	(void)fclose(stderr);
	stderr = real;
	read_runtime(&rec, bundle);
	MUST(memchr(rec.error, '\0', sizeof(rec.error)));
	return 0;
}
