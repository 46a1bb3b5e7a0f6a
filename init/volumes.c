#include "volumes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"

enum {
	PATH_BYTES = 512,
};

/*
 * Where the layer lies that is written to: on the data partition, when the image says that this
 * volume is kept, else in memory.  A tmpfs takes half of RAM unless told otherwise; a volume is
 * data, so that is left to it.
 */
static int mount_layer(const char *volume, const char *tmp)
{
	const char *name = strrchr(volume, '/') + 1;
	char kept[PATH_BYTES];

	if (data_keeps_volume(name, kept, sizeof(kept)))
		return mount(kept, tmp, NULL, MS_BIND, NULL);
	return mount("tmpfs", tmp, "tmpfs", MS_RELATIME, "mode=755");
}

/* 0 also when it is there already: it has been kept. */
static int make_folder(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

static int mount_writable(const char *volume)
{
	char tmp[PATH_BYTES + 16], upper[PATH_BYTES + 16], work[PATH_BYTES + 16],
		merged[PATH_BYTES + 16];
	char data[3 * PATH_BYTES + 128];

	snprintf(tmp, sizeof(tmp), "%s/tmp", volume);
	snprintf(upper, sizeof(upper), "%s/tmp/upper", volume);
	snprintf(work, sizeof(work), "%s/tmp/work", volume);
	snprintf(merged, sizeof(merged), "%s/merged", volume);
	snprintf(data, sizeof(data), "lowerdir=%s/lower,upperdir=%s,workdir=%s", volume, upper,
		work);
	if (mount_layer(volume, tmp) < 0 || make_folder(upper) < 0 || make_folder(work) < 0)
		return -1;
	return mount("overlay", merged, "overlay", MS_RELATIME, data);
}

static int mount_readonly(const char *volume)
{
	char lower[PATH_BYTES + 16], merged[PATH_BYTES + 16];

	snprintf(lower, sizeof(lower), "%s/lower", volume);
	snprintf(merged, sizeof(merged), "%s/merged", volume);
	if (mount(lower, merged, NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount(NULL, merged, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int mount_volume(const char *volume)
{
	char tmp[PATH_BYTES + 16];
	int r;

	snprintf(tmp, sizeof(tmp), "%s/tmp", volume);
	r = access(tmp, F_OK) == 0 ? mount_writable(volume) : mount_readonly(volume);
	if (r < 0)
		fprintf(stderr, "volume %s: cannot mount: %s\n", volume, strerror(errno));
	return r;
}

int volumes_mount(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int bad = 0;

	if (!d)
		return 0;
	while ((e = readdir(d))) {
		char volume[PATH_BYTES];

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(volume, sizeof(volume), "%s/%s", folder, e->d_name) >=
				(int)sizeof(volume) ||
			mount_volume(volume) < 0)
			bad++;
	}
	(void)closedir(d);
	return bad;
}
