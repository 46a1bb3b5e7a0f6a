/*
 * nanny-coldplug: every device that asks for a module (its "modalias" in /sys) gets it, with what
 * the module needs.  A driver brings new devices, so this is done until nothing new is loaded.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "modload.h"

enum {
	DEPTH = 24, /* of the tree of devices */
	PASSES = 16,
};

static void take_device(struct modload *l, int dir)
{
	char *modalias = modload_read(dir, "modalias");

	if (!modalias)
		return;
	modalias[strcspn(modalias, "\n")] = '\0';
	if (*modalias)
		(void)modload_alias(l, modalias);
	free(modalias);
}

/* fd is closed. */
static void walk(struct modload *l, int fd, int depth)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	take_device(l, fd);
	while (depth < DEPTH && (e = readdir(d))) {
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			walk(l,
				openat(fd, e->d_name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				depth + 1);
	}
	(void)closedir(d);
}

int coldplug(void)
{
	static struct modload l;
	size_t before;
	int passes = 0;

	if (!modload_open(&l)) {
		modload_close(&l);
		return COLDPLUG_NOTHING;
	}
	do {
		before = l.loaded;
		walk(&l, open("/sys/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
	} while (l.loaded > before && ++passes < PASSES);
	if (l.loaded)
		fprintf(stderr, "coldplug: %zu modules loaded\n", l.loaded);
	modload_close(&l);
	return 0;
}

int helper_coldplug(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return coldplug();
}
