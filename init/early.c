#include "early.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../lib/text.h"
#include "cgroup.h"
#include "cmdline.h"
#include "log.h"
#include "modules.h"
#include "net.h"
#include "read_text.h"
#include "root.h"
#include "sys.h"
#include "watchdog.h"
#include "xattrs.h"

#define NDEV MS_NODEV
#define NSUI MS_NOSUID
#define NEXE MS_NOEXEC
#define RELA MS_RELATIME

#define DEV_FLAGS (NSUI | NEXE | RELA)
#define DEV_DATA  "size=10m,nr_inodes=248418,mode=755"

struct mount_row {
	const char *type, *target;
	unsigned long flags;
	const char *data;
	bool optional; /* a kernel without it is no news */
	mode_t mode;   /* the mount point is made with it; 0: it is there */
};

/* LinuxKit's table (rc.init, doMounts), in its order; containers rely on these options. */
static const struct mount_row mounts[] = {
	{"proc", "/proc", NDEV | NSUI | NEXE | RELA, NULL, false, 0555},
	{"tmpfs", "/run", NDEV | NSUI | NEXE | RELA, "size=10%,mode=755", false, 0755},
	{"tmpfs", "/tmp", NDEV | NSUI | NEXE | RELA, "size=10%,mode=1777", false, 0755},
	{"tmpfs", "/var", NDEV | NSUI | NEXE | RELA, "size=50%,mode=755", false, 0755},
	{"devtmpfs", "/dev", DEV_FLAGS, DEV_DATA, false, 0755},
	{"mqueue", "/dev/mqueue", NDEV | NSUI | NEXE, NULL, true, 01777},
	{"tmpfs", "/dev/shm", NDEV | NSUI | NEXE, "mode=1777", false, 01777},
	{"devpts", "/dev/pts", NSUI | NEXE, "gid=5,mode=0620", false, 0755},
	{"sysfs", "/sys", NDEV | NSUI | NEXE, NULL, false, 0555},
	{"securityfs", "/sys/kernel/security", NDEV | NSUI | NEXE, NULL, true, 0},
	{"debugfs", "/sys/kernel/debug", NDEV | NSUI | NEXE, NULL, true, 0},
	{"configfs", "/sys/kernel/config", NDEV | NSUI | NEXE, NULL, true, 0},
	{"fusectl", "/sys/fs/fuse/connections", NDEV | NSUI | NEXE, NULL, true, 0},
	{"selinuxfs", "/sys/fs/selinux", NSUI | NEXE, NULL, true, 0},
	{"pstore", "/sys/fs/pstore", NDEV | NSUI | NEXE, NULL, true, 0},
	{"bpf", "/sys/fs/bpf", NDEV, NULL, true, 0},
	{"efivarfs", "/sys/firmware/efi/efivars", NDEV | NSUI | NEXE, NULL, true, 0},
	{"binfmt_misc", "/proc/sys/fs/binfmt_misc", NDEV | NSUI | NEXE, NULL, true, 0},
};

static const struct mount_row cgroup2 = {
	"cgroup2", CGROUP_ROOT, NDEV | NSUI | NEXE, NULL, false, 0};

static const struct {
	const char *path;
	mode_t mode;
} folders[] = {
	{"/var/cache", 0755},
	{"/var/empty", 0555},
	{"/var/lib", 0755},
	{"/var/lib/containerd", 0755}, /* bound by LinuxKit's getty and sshd */
	{"/var/local", 0755},
	{"/var/lock", 0755},
	{"/var/log", 0755},
	{"/var/opt", 0755},
	{"/var/spool", 0755},
	{"/var/tmp", 01777},
	{"/run/nanny", 0700},
	{"/run/nanny/pid", 0700},
	{"/run/netns", 0755},
	{"/run/config", 0755},
	{"/run/resolvconf", 0755},
};

static const struct {
	const char *target, *path;
} links[] = {
	{"/run", "/var/run"},
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
	{"/proc/kcore", "/dev/kcore"},
};

static const struct {
	const char *path;
	mode_t mode;
	unsigned major, minor;
} nodes[] = {
	{"/dev/console", S_IFCHR | 0600, 5, 1},
	{"/dev/tty1", S_IFCHR | 0620, 4, 1},
	{"/dev/tty", S_IFCHR | 0666, 5, 0},
	{"/dev/null", S_IFCHR | 0666, 1, 3},
	{"/dev/kmsg", S_IFCHR | 0660, 1, 11},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void early_fds(void)
{
	int fd;

	/* The kernel opens /dev/console for us if the image has it; else the next open() would be
	 * 0. */
	do {
		fd = sys_open("/dev/null", O_RDWR);
		if (fd < 0) {
			(void)sys_mkdir("/dev", 0755);
			/* Nothing can be made on squashfs or erofs: then the kernel's own. */
			if (sys_mknod("/dev/null", S_IFCHR | 0666, 1, 3) < 0 &&
				sys_mount("devtmpfs", "/dev", "devtmpfs", DEV_FLAGS, DEV_DATA) < 0)
				return;
			fd = sys_open("/dev/null", O_RDWR);
		}
	} while (fd >= 0 && fd < 2);
	for (int i = 0; i < 3 && fd >= 0; i++)
		(void)sys_dup_to(fd, i); /* not the console: a child's stray write must not block */
	if (fd > 2)
		sys_close(&fd);
}

/*
 * pivot_root(2) refuses to leave the kernel's first root (rootfs has no parent mount), and every
 * runtime uses it.  A bind mount of the root, moved over it, has a parent; nothing is copied.
 */
static int replace_rootfs(void)
{
	int r = sys_mkdir("/mnt", 0755);

	if (r == 0)
		r = sys_mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL);
	return r < 0 ? r : root_become("/mnt");
}

static void mount_row(const struct mount_row *row)
{
	int r;

	if (row->mode)
		(void)sys_mkdir(row->target, row->mode);
	else if (!sys_exists(row->target))
		return;
	/* The kernel mounts /dev itself on a root that is no initramfs. */
	if (sys_is_mount(row->target))
		return;
	r = sys_mount(row->type, row->target, row->type, row->flags, row->data);
	if (r < 0 && r != -EBUSY && !row->optional)
		(void)log_errno(r, "mount: cannot mount %s on %s", row->type, row->target);
}

/* cgroup v1 */
static void mount_hierarchy(const char *name, const char *data, unsigned long flags)
{
	char path[64];
	int r;

	if (snprintf(path, sizeof(path), CGROUP_ROOT "/%s", name) >= (int)sizeof(path))
		return;
	(void)sys_mkdir(path, 0555);
	r = sys_mount("cgroup", path, "cgroup", flags, data);
	if (r < 0)
		(void)log_errno(r, "cgroups: cannot mount %s", path);
}

/*
 * rc.init's layout: a tmpfs, a hierarchy for each controller of /proc/cgroups that is enabled
 * ("cpuset 0 1 1"), and one by the name of systemd without any, since many expect it.
 */
static void mount_cgroups_v1(void)
{
	char list[2048], *save = NULL;
	int r = sys_mount(
		"cgroup_root", CGROUP_ROOT, "tmpfs", NDEV | NEXE | NSUI, "mode=755,size=10m");
	int fd;

	if (r < 0)
		(void)log_errno(r, "cgroups: cannot mount " CGROUP_ROOT);
	(void)read_text("/proc/cgroups", list, sizeof(list));
	for (char *line = strtok_r(list, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *last = strrchr(line, '\t');

		if (line[0] == '#' || !last || strcmp(last, "\t1") != 0)
			continue;
		line[strcspn(line, "\t")] = '\0';
		mount_hierarchy(line, line, NDEV | NEXE | NSUI);
	}
	/* The only way since kernel 5.11; before, it has to be asked for. */
	fd = sys_open(CGROUP_ROOT "/memory/memory.use_hierarchy", O_WRONLY);
	if (fd >= 0)
		(void)sys_write(fd, "1", 1);
	sys_close(&fd);
	mount_hierarchy(CGROUP_V1_NAME, "none,name=" CGROUP_V1_NAME, 0);
}

/* The newer kind, unless the command line asks for the older in LinuxKit's words. */
static void mount_cgroups(void)
{
	char line[CMDLINE_MAX];

	if (!cmdline_has(cmdline_read(line), CGROUP_V1_WORD))
		mount_row(&cgroup2);
	else if (!sys_is_mount(CGROUP_ROOT))
		mount_cgroups_v1();
}

void early_mounts(void)
{
	if (sys_in_ram("/")) {
		int r = replace_rootfs();

		if (r < 0)
			(void)log_errno(r, "root: cannot put a mount over the initramfs");
	}
	for (size_t i = 0; i < COUNT(mounts); i++)
		mount_row(&mounts[i]);
	mount_cgroups();
	for (size_t i = 0; i < COUNT(nodes); i++)
		(void)sys_mknod(nodes[i].path, nodes[i].mode, nodes[i].major, nodes[i].minor);
	for (size_t i = 0; i < COUNT(folders); i++)
		(void)sys_mkdir(folders[i].path, folders[i].mode);
	for (size_t i = 0; i < COUNT(links); i++)
		(void)sys_symlink(links[i].target, links[i].path);
}

static const char *first_line(const char *path, char *buf, size_t size)
{
	(void)read_text(path, buf, size);
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* A board without a clock starts in 1970: nothing is older than its own image. */
static void set_clock_floor(void)
{
	char buf[32];
	int64_t floor;

	if (!text_number(first_line("/etc/nanny/clock-floor", buf, sizeof(buf)), 1, INT64_MAX / 2,
		    &floor))
		return;
	if (sys_realtime_s() < floor && sys_set_realtime_s(floor) == 0)
		log_info("clock: set to the image's date");
}

struct watchdog_of {
	struct watchdog *watchdog;
	const struct hardware *hardware;
};

/* As soon as its driver is there: the next one may hang. */
static void try_watchdog(void *ctx, const char *module)
{
	const struct watchdog_of *of = ctx;

	(void)module;
	(void)watchdog_open(of->watchdog, of->hardware, sys_now_ms());
}

/* A module may bring a file system, and the folder it goes to: binfmt_misc does. */
static void mount_latecomers(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (mounts[i].optional)
			mount_row(&mounts[i]);
	}
}

static void set_hostname(void)
{
	char buf[65], mac[13] = "";

	if (!first_line("/etc/hostname", buf, sizeof(buf))[0]) {
		/* Machines off one image still need names of their own. */
		if (net_first_mac(mac) < 0)
			return;
		snprintf(buf, sizeof(buf), "nanny-%s", mac);
	}
	if (sys_sethostname(buf) < 0)
		log_warn("hostname: cannot set \"%s\"", buf);
}

static void make_resolv_conf(void)
{
	int fd;

	/* The image's /etc/resolv.conf points here; a missing target would fail every bind of it.
	 */
	if (sys_exists("/run/resolvconf/resolv.conf"))
		return;
	fd = sys_open_mode("/run/resolvconf/resolv.conf", O_WRONLY | O_CREAT, 0644);
	sys_close(&fd);
}

void early_settings(struct watchdog *w, const struct hardware *h)
{
	int r;

	set_clock_floor();
	modules_load("/etc/nanny/modules", try_watchdog, &(struct watchdog_of){w, h});
	mount_latecomers();
	r = cgroup_setup();
	if (r < 0)
		(void)log_errno(r, "cgroups: cannot set up");
	/* Its work is short; whoever keeps the processors busy must not keep it from them. */
	if (sys_set_nice(-20) < 0)
		log_warn("priority: stays as it is");
	(void)sys_setrlimit(RLIMIT_NOFILE, 1048576, 1048576);
	(void)sys_setrlimit(RLIMIT_NPROC, RLIM_INFINITY, RLIM_INFINITY);
	r = net_loopback_up();
	if (r < 0)
		(void)log_errno(r, "loopback: cannot bring it up");
	set_hostname();
	make_resolv_conf();

	(void)xattrs_apply("/etc/nanny/xattrs");

	/* Containers' mounts with rshared must reach the machine; then nothing may write to the
	 * image. */
	(void)sys_mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
	r = sys_mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	if (r < 0)
		(void)log_errno(r, "root: cannot make it read-only");
	if (sys_ctrl_alt_del(false) < 0)
		log_warn("ctrl-alt-del: stays with the kernel");
}
