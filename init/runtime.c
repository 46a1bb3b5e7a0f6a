#include "runtime.h"

const char *const runtime_paths[] = {
	"/usr/bin/runc", "/usr/sbin/runc", "/usr/bin/crun", "/usr/local/bin/runc"};
const size_t runtime_paths_n = sizeof(runtime_paths) / sizeof(runtime_paths[0]);
