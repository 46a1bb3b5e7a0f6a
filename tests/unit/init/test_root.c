/*
 * The first stage, with a kernel that is played here: disks that come when they like, mounts that
 * work or do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../../../init/log.h"
#include "../../../init/ring.h"
#include "../../../init/root.h"
#include "../../../init/seal.h"
#include "../../../init/sys.h"

static struct {
	const char *cmdline, *disks, *uevent;
	const char *device; /* what will be there … */
	int64_t comes_at;   /* … from then on */
	const char *type;   /* the file system on it */
	const char *init;   /* the program in it */
	const char *fails;  /* the step that does */
	bool is_sealed;
	int helper_status;   /* as wait(2) gives it */
	int64_t helper_ends; /* at that time; -1: never */
	int64_t now;
	const char *open;
	char did[4096]; /* what was done, in order */
} world;

static void did(const char *fmt, ...)
{
	size_t n = strlen(world.did);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(world.did + n, sizeof(world.did) - n, fmt, ap);
	va_end(ap);
}

int64_t sys_now_ms(void)
{
	return world.now;
}

int sys_unsent(int fd)
{
	(void)fd;
	return 0;
}

void sys_sleep_ms(int ms)
{
	world.now += ms;
}

bool sys_exists(const char *path)
{
	if (strncmp(path, "/root/", 6) == 0)
		return true;
	if (strcmp(path, SEAL_KEY) == 0)
		return world.is_sealed;
	return world.device && strcmp(path, world.device) == 0 && world.now >= world.comes_at;
}

static const char *file_of(const char *path)
{
	if (strcmp(path, "/proc/cmdline") == 0)
		return world.cmdline;
	if (strcmp(path, "/etc/nanny/modules") == 0)
		return "/lib/a.ko\n/lib/b.ko x=1\n";
	if (world.now < world.comes_at)
		return NULL;
	if (strcmp(path, "/proc/partitions") == 0)
		return world.disks;
	return strcmp(path, "/sys/class/block/vda2/uevent") == 0 ? world.uevent : NULL;
}

int sys_open(const char *path, int flags)
{
	(void)flags;
	world.open = file_of(path);
	return world.open ? 5 : -ENOENT;
}

void sys_close(int *fd)
{
	*fd = -1;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	size_t n = strlen(world.open);

	(void)fd;
	n = n < size ? n : size;
	memcpy(buf, world.open, n);
	world.open += n;
	return (ssize_t)n;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	(void)fd;
	(void)buf;
	return (ssize_t)size;
}

void *sys_map(size_t size)
{
	(void)size;
	return NULL;
}

int sys_dup_to(int from, int to)
{
	(void)from;
	return to;
}

int sys_mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

int sys_unlink(const char *path)
{
	did("unlink %s\n", path);
	return 0;
}

int sys_load_module(const char *path, const char *params)
{
	did("module %s %s\n", path, params);
	return 0;
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data)
{
	(void)flags;
	if (type && strcmp(target, "/root") == 0 && strcmp(type, world.type) != 0)
		return -EINVAL;
	if (!type && world.fails && strcmp(world.fails, "move") == 0 && strcmp(target, "/") == 0)
		return -EACCES;
	did("mount %s %s%s%s%s%s\n", source, target, type ? " " : "", type ? type : "",
		data ? " " : "", data ? data : "");
	return 0;
}

int sys_chdir(const char *path)
{
	did("chdir %s\n", path);
	return 0;
}

int sys_chroot(const char *path)
{
	did("chroot %s\n", path);
	return 0;
}

int sys_exec(const char *path, char *const argv[])
{
	if (!world.init || strcmp(path, world.init) != 0)
		return -ENOENT;
	did("exec %s %s\n", argv[0], argv[1] ? argv[1] : "-");
	return -E2BIG; /* a real one does not come back */
}

int sys_spawn(const struct spawn *s, int *ret_pidfd)
{
	did("spawn %s %s %s\n", s->argv[0], s->argv[1], s->argv[2]);
	*ret_pidfd = 9;
	return 77;
}

pid_t sys_reap(int *ret_status)
{
	*ret_status = world.helper_status;
	return world.helper_ends >= 0 && world.now >= world.helper_ends ? 77 : 0;
}

static char said[8192];
static struct ring ring;
static struct console dead = {.fd = -1};

/* What PID 1 has said. */
static const char *enter(const char *cmdline)
{
	char *argv[] = {(char *)"/init", (char *)"single", NULL};
	static char bytes[sizeof(said)];

	world.cmdline = cmdline;
	world.did[0] = '\0';
	world.now = 0;
	ring_init(&ring, bytes, sizeof(bytes));
	log_open(&ring, &dead);
	root_enter(&dead, argv);
	memcpy(said, bytes, sizeof(said) - 1);
	for (char *p = said; p < said + sizeof(said) - 1; p++)
		if (!*p)
			*p = ' ';
	return said;
}

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.disks = "major minor  #blocks  name\n\n 254        0      65536 vda\n"
		      " 254        2      65536 vda2\n";
	world.device = "/dev/vda";
	world.type = "squashfs";
	world.init = "/sbin/init";
	return 0;
}

static void the_command_line_is_read(void **state)
{
	struct root_wish w;

	(void)state;
	root_parse("quiet root=/dev/sda rootfstype=erofs ro rootflags=dax rootwait=5\n", &w);
	assert_string_equal(w.device, "/dev/sda");
	assert_string_equal(w.type, "erofs");
	assert_string_equal(w.flags, "dax");
	assert_int_equal(w.wait_s, 5);
}

static void the_last_of_two_counts_and_nonsense_does_not(void **state)
{
	struct root_wish w;

	(void)state;
	root_parse("root=/dev/a xroot=/dev/b root=/dev/c rootwait rootwait=-1 rootwait=9999999 "
		   "rootfstype=afilesystemwithaname",
		&w);
	assert_string_equal(w.device, "/dev/c");
	assert_string_equal(w.type, "");
	assert_int_equal(w.wait_s, ROOT_WAIT_S);
	root_parse("", &w);
	assert_string_equal(w.device, "");
}

static void it_goes_to_the_root_and_starts_its_init(void **state)
{
	(void)state;
	(void)enter("root=/dev/vda rootfstype=squashfs");
	assert_string_equal(world.did,
		"module /lib/a.ko \nunlink /lib/a.ko\nmodule /lib/b.ko x=1\nunlink /lib/b.ko\n"
		"mount /dev/vda /root squashfs\nunlink /init\n"
		"mount /proc /root/proc\nmount /dev /root/dev\nmount /sys /root/sys\n"
		"chdir /root\nmount . /\nchroot .\nchdir /\nexec /sbin/init single\n");
}

static void a_disk_that_comes_late_is_waited_for(void **state)
{
	(void)state;
	world.comes_at = 7000;
	(void)enter("root=/dev/vda");
	assert_non_null(strstr(world.did, "exec /sbin/init"));
	assert_in_range(world.now, 7000, 7100);
}

static void one_that_never_comes_is_not_waited_for_for_ever(void **state)
{
	const char *words;

	(void)state;
	world.device = NULL;
	words = enter("root=/dev/vdz rootwait=4");
	assert_in_range(world.now, 4000, 4100);
	assert_non_null(strstr(words, "root: /dev/vdz has not come within 4 s; disks: vda vda2"));
	assert_null(strstr(world.did, "exec"));
	assert_null(strstr(world.did, "/init")); /* the program is still there */
}

static void the_file_system_is_tried_when_it_is_not_said(void **state)
{
	(void)state;
	world.type = "erofs";
	(void)enter("root=/dev/vda rootflags=x");
	assert_non_null(strstr(world.did, "mount /dev/vda /root erofs x\n"));
}

static void a_partition_is_found_by_its_label(void **state)
{
	(void)state;
	world.uevent = "MAJOR=254\nDEVTYPE=partition\nPARTN=2\nPARTNAME=root\n";
	world.comes_at = 300;
	(void)enter("root=PARTLABEL=root");
	assert_non_null(strstr(world.did, "mount /dev/vda2 /root squashfs"));
	assert_null(strstr(enter("root=PARTLABEL=roo rootwait=1"), "cannot"));
	assert_null(strstr(world.did, "mount"));
}

static void what_does_not_work_is_said(void **state)
{
	(void)state;
	assert_non_null(strstr(enter("quiet"), "root: the kernel's command line names none"));
	world.type = "xfs";
	assert_non_null(strstr(enter("root=/dev/vda rootfstype=erofs"),
		"root: cannot mount /dev/vda as erofs: Invalid argument"));
	world.type = "erofs";
	world.init = NULL;
	assert_non_null(
		strstr(enter("root=/dev/vda"), "root: cannot start /sbin/init of /dev/vda"));
	world.fails = "move";
	assert_non_null(strstr(enter("root=/dev/vda"), "root: cannot go to /dev/vda"));
}

static void an_init_elsewhere_is_found(void **state)
{
	(void)state;
	world.init = "/init";
	(void)enter("root=/dev/vda");
	assert_non_null(strstr(world.did, "exec /init single"));
}

/* Nothing is mounted by PID 1 itself: whatever is below /root, the helper has verified. */
static void a_sealed_root_is_the_helpers_to_open(void **state)
{
	(void)state;
	world.is_sealed = true;
	world.helper_ends = 2000;
	(void)enter("root=PARTLABEL=system-a rootwait=7");
	assert_non_null(strstr(world.did, "spawn nanny-seal PARTLABEL=system-a 7\nunlink /init\n"));
	assert_non_null(strstr(world.did, "exec /sbin/init single"));
	assert_null(strstr(world.did, " /root squashfs"));
}

static void one_that_is_refused_is_not_entered(void **state)
{
	(void)state;
	world.is_sealed = true;
	world.helper_status = 1 << 8;
	(void)enter("root=/dev/vda");
	assert_null(strstr(world.did, "exec"));
	assert_null(strstr(world.did, "mount"));
	world.helper_status = 9; /* it was killed */
	(void)enter("root=/dev/vda");
	assert_null(strstr(world.did, "exec"));
}

static void a_helper_that_hangs_is_not_waited_for_for_ever(void **state)
{
	const char *words;

	(void)state;
	world.is_sealed = true;
	world.helper_ends = -1;
	words = enter("root=/dev/vda rootwait=5");
	assert_null(strstr(world.did, "exec"));
	assert_in_range(world.now, 65000, 65100);
	assert_non_null(strstr(words, "root: /dev/vda has not been opened in time"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_command_line_is_read, setup),
		cmocka_unit_test_setup(the_last_of_two_counts_and_nonsense_does_not, setup),
		cmocka_unit_test_setup(it_goes_to_the_root_and_starts_its_init, setup),
		cmocka_unit_test_setup(a_disk_that_comes_late_is_waited_for, setup),
		cmocka_unit_test_setup(one_that_never_comes_is_not_waited_for_for_ever, setup),
		cmocka_unit_test_setup(the_file_system_is_tried_when_it_is_not_said, setup),
		cmocka_unit_test_setup(a_partition_is_found_by_its_label, setup),
		cmocka_unit_test_setup(what_does_not_work_is_said, setup),
		cmocka_unit_test_setup(an_init_elsewhere_is_found, setup),
		cmocka_unit_test_setup(a_sealed_root_is_the_helpers_to_open, setup),
		cmocka_unit_test_setup(one_that_is_refused_is_not_entered, setup),
		cmocka_unit_test_setup(a_helper_that_hangs_is_not_waited_for_for_ever, setup),
	};

	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
