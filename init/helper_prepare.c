#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include "bundle.h"
#include "cgroup.h"
#include "mount_opt.h"

static int cannot(const char *verb, const char *what)
{
	fprintf(stderr, "prepare: cannot %s %s: %s\n", verb, what, strerror(errno));
	return -1;
}

/* The folders an overlay writes to lie on a tmpfs that has just been mounted. */
static int make_overlay_folder(const char *option)
{
	static const char *const keys[] = {"upperdir=", "workdir="};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *path = option + strlen(keys[i]);

		if (strncmp(option, keys[i], strlen(keys[i])) == 0 && bundle_mkdirs(path) < 0)
			return cannot("make the folder", path);
	}
	return 0;
}

static int read_options(const json_t *mount, struct mount_opt *o)
{
	json_t *list;
	size_t n = bundle_array(mount, "options", &list);

	for (size_t i = 0; i < n; i++) {
		const char *option = json_string_value(json_array_get(list, i));

		if (!option || !mount_opt_add(o, option)) {
			errno = EINVAL;
			return cannot("use the options of the mount on",
				bundle_string(mount, "destination"));
		}
		if (make_overlay_folder(option) < 0)
			return -1;
	}
	return 0;
}

static int is_root(const char *bundle, const char *path)
{
	size_t len = strlen(bundle);

	return strncmp(path, bundle, len) == 0 && strcmp(path + len, "/rootfs") == 0;
}

/*
 * Two containers may have one image, and / is shared: a root is a peer of the other's until it is
 * private, and would get what is mounted on the other's meanwhile.  So one root at a time.  Where
 * there can be no lock, a mount too many is better than no container.
 */
static int lock_roots(void)
{
	int fd = open(HELPER_ROOTS_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		fprintf(stderr, "prepare: " HELPER_ROOTS_LOCK ": %s\n", strerror(errno));
	return fd;
}

/*
 * One mount entry may need several calls: the kernel ignores propagation in a remount, and flags
 * such as MS_RDONLY in a bind (LinuxKit makes one call and loses them).
 */
static int do_mount(const json_t *mount_entry, const char *to, const struct mount_opt *o)
{
	const char *source = bundle_string(mount_entry, "source");
	const char *type = bundle_string(mount_entry, "type");

	if ((o->flags || *source || !o->propagation) &&
		mount(source, to, *type ? type : NULL, o->flags, o->data) < 0)
		return cannot("mount on", to);
	if ((o->flags & MS_BIND) && (o->flags & ~(unsigned long)(MS_BIND | MS_REC)) &&
		mount(NULL, to, NULL, o->flags | MS_REMOUNT, NULL) < 0)
		return cannot("set the options of the bind on", to);
	if (o->propagation && mount(NULL, to, NULL, o->propagation, NULL) < 0)
		return cannot("set the propagation of", to);
	return 0;
}

static int mount_root(const json_t *mount_entry, const char *to, struct mount_opt *o)
{
	int lock = lock_roots(), r;

	if (!o->propagation)
		o->propagation = MS_PRIVATE;
	r = do_mount(mount_entry, to, o);
	if (lock >= 0)
		(void)close(lock);
	return r;
}

static int mount_one(const char *bundle, const json_t *mount_entry)
{
	struct mount_opt o = {0};
	char to[512];

	if (bundle_path(bundle, bundle_string(mount_entry, "destination"), to, sizeof(to)) < 0 ||
		read_options(mount_entry, &o) < 0)
		return -1;
	if (bundle_mkdirs(to) < 0)
		return cannot("make the folder", to);
	return is_root(bundle, to) ? mount_root(mount_entry, to, &o)
				   : do_mount(mount_entry, to, &o);
}

static int do_mounts(const char *bundle, const json_t *runtime)
{
	json_t *list;
	size_t n = bundle_array(runtime, "mounts", &list);

	for (size_t i = 0; i < n; i++) {
		if (mount_one(bundle, json_array_get(list, i)) < 0)
			return -1;
	}
	return 0;
}

static int do_folders(const char *bundle, const json_t *runtime)
{
	json_t *list;
	size_t n = bundle_array(runtime, "mkdir", &list);

	for (size_t i = 0; i < n; i++) {
		const char *path = json_string_value(json_array_get(list, i));
		char to[512];

		if (!path || bundle_path(bundle, path, to, sizeof(to)) < 0)
			return -1;
		if (bundle_mkdirs(to) < 0)
			return cannot("make the folder", to);
	}
	return 0;
}

static int make_group(const char *folder, const char *name)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return cannot("make the control group", name);
	}
	return bundle_mkdirs(path) < 0 ? cannot("make the control group", path) : 0;
}

/* With cgroup v1 in every hierarchy: each folder of CGROUP_ROOT is one. */
static int make_group_v1(const char *name)
{
	DIR *d = opendir(CGROUP_ROOT);
	const struct dirent *e;
	int r = 0;

	while (d && r == 0 && (e = readdir(d))) {
		char folder[sizeof(CGROUP_ROOT) + sizeof(e->d_name)];

		snprintf(folder, sizeof(folder), CGROUP_ROOT "/%s", e->d_name);
		if (e->d_name[0] != '.' && e->d_type == DT_DIR)
			r = make_group(folder, name);
	}
	if (d)
		(void)closedir(d);
	return r;
}

static int do_cgroups(const json_t *runtime)
{
	json_t *list;
	size_t n = bundle_array(runtime, "cgroups", &list);

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name)
			return -1;
		if ((cgroup_is_v1() ? make_group_v1(name) : make_group(CGROUP_ROOT, name)) < 0)
			return -1;
	}
	return 0;
}

int helper_prepare(int argc, char **argv)
{
	json_t *runtime;
	int r;

	if (argc != 2)
		return 1;
	runtime = bundle_runtime(argv[1]);
	if (!runtime)
		return 1;
	r = do_mounts(argv[1], runtime);
	if (r == 0)
		r = do_folders(argv[1], runtime);
	if (r == 0)
		r = do_cgroups(runtime);
	json_decref(runtime);
	return r < 0;
}
