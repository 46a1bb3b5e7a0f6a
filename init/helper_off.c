#include "helper.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "console.h"
#include "data.h"
#include "mounts.h"
#include "slot_store.h"

enum {
	PASSES = 16, /* a mount may hold another one: as long as something goes, try again */
};

/* The kernel's own, with nothing to lose; /proc, /sys and /dev are needed to the end. */
static bool is_virtual(const char *type)
{
	static const char *const types[] = {"proc", "sysfs", "devtmpfs", "devpts", "cgroup2",
		"cgroup", "rootfs", "securityfs", "debugfs", "tracefs", "configfs", "fusectl",
		"pstore", "bpf", "efivarfs", "binfmt_misc", "mqueue", "nsfs", "selinuxfs"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static bool unmount_pass(const struct mounts *m, bool last)
{
	bool any = false;

	for (size_t i = m->n; i > 0; i--) {
		const struct mounts_row *row = &m->row[i - 1];

		if (is_virtual(row->type) || strcmp(row->target, "/") == 0)
			continue;
		if (umount2(row->target, UMOUNT_NOFOLLOW) == 0) {
			any = true;
		} else if (last && strcmp(row->type, "tmpfs") != 0 &&
			   mount(NULL, row->target, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0) {
			fprintf(stderr, "unmount: %s stays as it is: %s\n", row->target,
				strerror(errno));
		}
	}
	return any;
}

int helper_unmount(int argc, char **argv)
{
	bool any = true;

	(void)argc;
	(void)argv;
	data_save_clock();
	/* First, so that what is on a disk that hangs below is not held up by it. */
	sync();
	for (int pass = 0; pass < PASSES && any; pass++) {
		struct mounts m;

		if (mounts_read(&m) < 0)
			break;
		any = unmount_pass(&m, false);
		if (!any)
			(void)unmount_pass(&m, true);
		mounts_free(&m);
	}
	sync();
	return 0;
}

/* To the other one, if that is known to be good. */
static void leave_slot(void)
{
	struct slots_known k;
	int r = slot_store_note(SLOT_BAD, &k);

	if (r != -ENODEV)
		slot_store_say_left(r, &k);
}

static void count_bad_boot(void)
{
	struct slots_known k;
	const int r = slot_store_note(SLOT_GIVEN_UP, &k);

	if (r < 0 && r != -ENODEV)
		fprintf(stderr, "slot: this bad boot cannot be counted: %s\n", strerror(-r));
}

/*
 * A child makes the call: for a power-off that the machine cannot do, the kernel ends the caller,
 * and the end of PID 1 is a panic.
 */
int helper_off(int argc, char **argv)
{
	static const struct {
		const char *name;
		int how;
	} ways[] = {{"halt", RB_HALT_SYSTEM}, {"poweroff", RB_POWER_OFF}, {"reboot", RB_AUTOBOOT},
		{"rollback", RB_AUTOBOOT}, {OFF_BY_LADDER, RB_AUTOBOOT}};

	if (argc == 2 && strcmp(argv[1], "rollback") == 0)
		leave_slot();
	if (argc == 2 && strcmp(argv[1], OFF_BY_LADDER) == 0)
		count_bad_boot();
	console_await(STDERR_FILENO);
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]) == 0)
			return reboot(ways[i].how) < 0;
	}
	return 1;
}
