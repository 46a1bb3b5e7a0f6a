#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "../lib/text.h"
#include "cmdline.h"
#include "helper.h"
#include "log.h"
#include "modules.h"
#include "read_text.h"
#include "seal.h"
#include "sys.h"

#define NEW SEAL_MOUNT

enum {
	PAUSE_MS = 50,
	SEAL_MS = 60 * 1000, /* for the helper, beyond waiting for the disk */
};

/* With the options that the root's own init would give them (early.c). */
static const struct {
	const char *type, *target;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{"proc", "/proc", MS_NODEV | MS_NOSUID | MS_NOEXEC | MS_RELATIME, NULL},
	{"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC | MS_RELATIME,
		"size=10m,nr_inodes=248418,mode=755"},
	{"sysfs", "/sys", MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool take(const char *word, size_t n, const char *key, char *ret, size_t size)
{
	size_t k = strlen(key);

	if (n <= k || strncmp(word, key, k) != 0 || n - k >= size)
		return false;
	memcpy(ret, word + k, n - k);
	ret[n - k] = '\0';
	return true;
}

void root_parse(const char *cmdline, struct root_wish *ret)
{
	char number[8];
	int64_t s;

	*ret = (struct root_wish){.wait_s = ROOT_WAIT_S};
	for (const char *p = cmdline; *p;) {
		size_t n = strcspn(p, " \n");

		if (take(p, n, "root=", ret->device, sizeof(ret->device)) ||
			take(p, n, "rootfstype=", ret->type, sizeof(ret->type)) ||
			take(p, n, "rootflags=", ret->flags, sizeof(ret->flags))) {
			/* taken */
		} else if (take(p, n, "rootwait=", number, sizeof(number)) &&
			   text_number(number, 1, ROOT_WAIT_MAX_S, &s)) {
			ret->wait_s = (int)s;
		}
		p += n + strspn(p + n, " \n");
	}
}

bool root_is_elsewhere(void)
{
	return sys_exists(ROOT_STAGE);
}

void root_mounts(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		int r;

		(void)sys_mkdir(mounts[i].target, 0755);
		r = sys_mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			mounts[i].data);
		if (r < 0)
			(void)log_errno(r, "mount: cannot mount %s", mounts[i].target);
	}
}

/* PARTNAME of the partition, from the kernel's own description of it. */
static bool has_label(const char *disk, const char *label)
{
	char path[64], text[512], line[160];

	(void)snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", disk);
	(void)snprintf(line, sizeof(line), "\nPARTNAME=%s\n", label);
	return strstr(read_text(path, text, sizeof(text)), line) != NULL;
}

/*
 * The last word of each line of /proc/partitions; the first two are a heading.  Calls `visit` until
 * it says true.
 */
static bool each_disk(bool (*visit)(void *ctx, const char *disk), void *ctx)
{
	static char text[8192];
	char *save, *line;

	(void)read_text("/proc/partitions", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *disk = strrchr(line, ' ');

		if (disk && strncmp(line, "major", 5) != 0 && visit(ctx, disk + 1))
			return true;
	}
	return false;
}

struct search {
	const char *label;
	char *path;
	size_t size;
};

static bool is_labelled(void *ctx, const char *disk)
{
	struct search *s = ctx;

	if (!has_label(disk, s->label))
		return false;
	(void)snprintf(s->path, s->size, "/dev/%s", disk);
	return true;
}

/* The device's file; false while there is none. */
static bool find_device(const struct root_wish *w, char *path, size_t size)
{
	static const char label[] = "PARTLABEL=";
	struct search s = {w->device + sizeof(label) - 1, path, size};

	if (strncmp(w->device, label, sizeof(label) - 1) == 0)
		return each_disk(is_labelled, &s);
	(void)snprintf(path, size, "%s", w->device);
	return sys_exists(path);
}

static int mount_root(const struct root_wish *w, const char *device)
{
	static const char *const usual[] = {"squashfs", "erofs", "ext4"};
	const char *data = w->flags[0] ? w->flags : NULL;
	int r = -EINVAL;

	(void)sys_mkdir(NEW, 0755);
	if (w->type[0])
		return sys_mount(device, NEW, w->type, MS_RDONLY, data);
	for (size_t i = 0; r < 0 && i < COUNT(usual); i++)
		r = sys_mount(device, NEW, usual[i], MS_RDONLY, data);
	return r;
}

static bool add_disk(void *ctx, const char *disk)
{
	text_addf(ctx, " %s", disk);
	return false;
}

static void say_missing(const struct root_wish *w)
{
	char disks[256];
	struct text t = text_in(disks, sizeof(disks));

	(void)each_disk(add_disk, &t);
	log_warn("root: %s has not come within %d s; disks:%s", w->device, w->wait_s,
		disks[0] ? disks : " none");
}

/* Disks appear when their drivers have looked, in their own time. */
static int wait_for_device(const struct root_wish *w, char *path, size_t size)
{
	int64_t until = sys_now_ms() + (int64_t)w->wait_s * 1000;

	while (!find_device(w, path, size)) {
		if (sys_now_ms() >= until) {
			say_missing(w);
			return -ENODEV;
		}
		sys_sleep_ms(PAUSE_MS);
	}
	return 0;
}

int root_become(const char *folder)
{
	int r = sys_chdir(folder);

	if (r == 0)
		r = sys_mount(".", "/", NULL, MS_MOVE, NULL);
	if (r == 0)
		r = sys_chroot(".");
	if (r == 0)
		r = sys_chdir("/");
	return r;
}

static int move_into(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		char to[64];

		(void)snprintf(to, sizeof(to), NEW "%s", mounts[i].target);
		/* A root that has no folder for it mounts nothing there either. */
		if (sys_exists(to))
			(void)sys_mount(mounts[i].target, to, NULL, MS_MOVE, NULL);
	}
	return root_become(NEW);
}

/* An init that is not ours expects what the kernel gives: the console. */
static void give_console(void)
{
	int fd = sys_open("/dev/console", O_RDWR);

	for (int i = 0; i < 3 && fd >= 0; i++)
		(void)sys_dup_to(fd, i);
	if (fd > 2)
		sys_close(&fd);
}

static int run_init(char **argv)
{
	static const char *const inits[] = {"/sbin/init", "/init", "/etc/init", "/bin/init"};
	int r = -ENOENT;

	give_console();
	for (size_t i = 0; r == -ENOENT && i < COUNT(inits); i++) {
		argv[0] = (char *)inits[i];
		r = sys_exec(inits[i], argv);
	}
	return r;
}

/* A module's file lies in memory, where nobody needs it any more. */
static void discard(void *ctx, const char *module)
{
	(void)ctx;
	(void)sys_unlink(module);
}

/*
 * A helper finds it, verifies it and mounts it, so that a disk that hangs holds up nobody for
 * longer than this.
 */
static int open_sealed(const struct root_wish *w, const struct console *c)
{
	static const char *const no_env[] = {NULL};
	char wait[16];
	const char *const args[] = {HELPER_SEAL, w->device, wait, NULL};
	int null = sys_open("/dev/null", O_RDWR), out = c->fd >= 0 ? c->fd : null;
	const struct spawn s = {"/proc/self/exe", args, no_env, {null, out, out}};
	int64_t until = sys_now_ms() + (int64_t)w->wait_s * 1000 + SEAL_MS;
	int pidfd = -1, status = 0, pid, r;

	(void)snprintf(wait, sizeof(wait), "%d", w->wait_s);
	r = pid = sys_spawn(&s, &pidfd);
	while (r >= 0 && (r = sys_reap(&status)) != pid && sys_now_ms() < until)
		sys_sleep_ms(PAUSE_MS / 10);
	if (r >= 0 && r != pid)
		log_warn("root: %s has not been opened in time", w->device);
	sys_close(&pidfd);
	sys_close(&null);
	return r == pid && status == 0 ? 0 : -EPERM;
}

static int open_plain(const struct root_wish *w)
{
	char device[160];
	int r = wait_for_device(w, device, sizeof(device));

	if (r < 0)
		return r;
	r = mount_root(w, device);
	return r < 0 ? log_errno(r, "root: cannot mount %s%s%s", device, w->type[0] ? " as " : "",
			       w->type)
		     : 0;
}

static void enter(struct console *c, char **argv)
{
	static char cmdline[CMDLINE_MAX];
	struct root_wish w;
	int r;

	root_parse(cmdline_read(cmdline), &w);
	if (!w.device[0]) {
		log_warn("root: the kernel's command line names none (root=/dev/…)");
		return;
	}
	modules_load("/etc/nanny/modules", discard, NULL);
	r = sys_exists(SEAL_KEY) ? open_sealed(&w, c) : open_plain(&w);
	if (r < 0)
		return;
	console_drain(c);          /* before another program may say something */
	(void)sys_unlink("/init"); /* in memory until the last who runs it is gone */
	r = move_into();
	if (r < 0)
		(void)log_errno(r, "root: cannot go to %s", w.device);
	else
		(void)log_errno(run_init(argv), "root: cannot start /sbin/init of %s", w.device);
}

void root_enter(struct console *c, char **argv)
{
	enter(c, argv);
	console_drain(c); /* before nobody is there to say it */
}
