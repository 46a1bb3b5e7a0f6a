#include "helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "mounts.h"

static int is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* Last mounted, first unmounted; a busy one is detached, so its memory goes with its last user. */
int helper_clean(int argc, char **argv)
{
	struct mounts m;
	int r, bad = 0;

	if (argc != 2)
		return 1;
	r = mounts_read(&m);
	if (r < 0) {
		fprintf(stderr, "clean: cannot read the mounts: %s\n", strerror(-r));
		return 1;
	}
	for (size_t i = m.n; i > 0; i--) {
		const char *target = m.row[i - 1].target;

		if (!is_below(target, argv[1]) || umount2(target, UMOUNT_NOFOLLOW) == 0)
			continue;
		if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
			fprintf(stderr, "clean: cannot unmount %s: %s\n", target, strerror(errno));
			bad = 1;
		}
	}
	mounts_free(&m);
	return bad;
}
