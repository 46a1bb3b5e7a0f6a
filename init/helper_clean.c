#include "helper.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cgroup.h"
#include "mounts.h"

enum {
	FOLDERS_OPEN = 16, /* at once, however deep the groups are */
};

static int is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* Last mounted, first unmounted; a busy one is detached, so its memory goes with its last user. */
static int unmount_below(const char *bundle)
{
	struct mounts m;
	int r = mounts_read(&m), bad = 0;

	if (r < 0) {
		fprintf(stderr, "clean: cannot read the mounts: %s\n", strerror(-r));
		return 1;
	}
	for (size_t i = m.n; i > 0; i--) {
		const char *target = m.row[i - 1].target;

		if (!is_below(target, bundle) || umount2(target, UMOUNT_NOFOLLOW) == 0)
			continue;
		if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
			fprintf(stderr, "clean: cannot unmount %s: %s\n", target, strerror(errno));
			bad = 1;
		}
	}
	mounts_free(&m);
	return bad;
}

static int remove_group(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DP && rmdir(path) < 0 && errno != ENOENT)
		fprintf(stderr, "clean: cannot remove %s: %s\n", path, strerror(errno));
	return 0;
}

/* The groups that it made below its own, and its own.  Files of the kernel are no obstacle. */
static void remove_groups(const char *group)
{
	char path[512];
	const char *name = group + strspn(group, "/");
	int n = snprintf(path, sizeof(path), "%s/%s", CGROUP_ROOT, name);

	if (*name && n > 0 && n < (int)sizeof(path))
		(void)nftw(path, remove_group, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int helper_clean(int argc, char **argv)
{
	if (argc < 2 || argc > 3)
		return 1;
	remove_groups(argv[1]);
	return argc == 3 ? unmount_below(argv[2]) : 0;
}
