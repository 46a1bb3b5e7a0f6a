/* A bundle's folder for code that reads files: in RAM where there is /dev/shm, gone at the end. */
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

static char fuzz_folder[64];

static void folder_gone(void)
{
	static const char *const names[] = {"config.json", "runtime.json"};
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/c/%s", fuzz_folder, names[i]);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/c", fuzz_folder);
	(void)rmdir(path);
	(void)rmdir(fuzz_folder);
}

/* FOLDER/c/NAME has this content; FOLDER is fuzz_folder. */
static void folder_put(const char *name, const void *data, size_t size)
{
	char path[96];
	int fd;

	if (!fuzz_folder[0]) {
		snprintf(fuzz_folder, sizeof(fuzz_folder), "%s/nanny-fuzz-XXXXXX",
			access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		MUST(mkdtemp(fuzz_folder));
		snprintf(path, sizeof(path), "%s/c", fuzz_folder);
		MUST(mkdir(path, 0755) == 0);
		MUST(atexit(folder_gone) == 0);
	}
	snprintf(path, sizeof(path), "%s/c/%s", fuzz_folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)close(fd);
}
