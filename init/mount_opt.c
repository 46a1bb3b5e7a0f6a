#include "mount_opt.h"

#include <string.h>
#include <sys/mount.h>

static const struct {
	const char *name;
	bool clear;
	unsigned long flags, propagation;
} options[] = {
	{"async", true, MS_SYNCHRONOUS, 0},
	{"atime", true, MS_NOATIME, 0},
	{"bind", false, MS_BIND, 0},
	{"defaults", false, 0, 0},
	{"dev", true, MS_NODEV, 0},
	{"diratime", true, MS_NODIRATIME, 0},
	{"dirsync", false, MS_DIRSYNC, 0},
	{"exec", true, MS_NOEXEC, 0},
	{"mand", false, MS_MANDLOCK, 0},
	{"noatime", false, MS_NOATIME, 0},
	{"nodev", false, MS_NODEV, 0},
	{"nodiratime", false, MS_NODIRATIME, 0},
	{"noexec", false, MS_NOEXEC, 0},
	{"nomand", true, MS_MANDLOCK, 0},
	{"norelatime", true, MS_RELATIME, 0},
	{"nostrictatime", true, MS_STRICTATIME, 0},
	{"nosuid", false, MS_NOSUID, 0},
	{"private", false, 0, MS_PRIVATE},
	{"rbind", false, MS_BIND | MS_REC, 0},
	{"relatime", false, MS_RELATIME, 0},
	{"remount", false, MS_REMOUNT, 0},
	{"ro", false, MS_RDONLY, 0},
	{"rprivate", false, 0, MS_PRIVATE | MS_REC},
	{"rshared", false, 0, MS_SHARED | MS_REC},
	{"rslave", false, 0, MS_SLAVE | MS_REC},
	{"runbindable", false, 0, MS_UNBINDABLE | MS_REC},
	{"rw", true, MS_RDONLY, 0},
	{"shared", false, 0, MS_SHARED},
	{"slave", false, 0, MS_SLAVE},
	{"strictatime", false, MS_STRICTATIME, 0},
	{"suid", true, MS_NOSUID, 0},
	{"sync", false, MS_SYNCHRONOUS, 0},
	{"unbindable", false, 0, MS_UNBINDABLE},
};

static bool add_data(struct mount_opt *o, const char *option)
{
	size_t len = strlen(o->data), n = strlen(option);

	if (len + n + 2 > sizeof(o->data))
		return false;
	if (len)
		o->data[len++] = ',';
	memcpy(o->data + len, option, n + 1);
	return true;
}

bool mount_opt_add(struct mount_opt *o, const char *option)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, option) != 0)
			continue;
		if (options[i].clear)
			o->flags &= ~options[i].flags;
		else
			o->flags |= options[i].flags;
		if (options[i].propagation)
			o->propagation = options[i].propagation;
		return true;
	}
	return add_data(o, option);
}
