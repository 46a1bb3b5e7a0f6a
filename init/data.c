#include "data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/data_record.h"
#include "../lib/text.h"
#include "button.h"
#include "child.h"
#include "cmdline.h"
#include "partition.h"
#include "read_text.h"
#include "reset_file.h"

#define MKFS      "/usr/sbin/mke2fs"
#define FSCK      "/usr/sbin/e2fsck"
#define CLOCK     DATA_MOUNT "/clock"
#define VOLUMES   DATA_MOUNT "/volumes"
#define VAR       DATA_MOUNT "/var"
#define OPTIONS   "commit=30,errors=remount-ro"
#define LABEL     "nanny-data"
#define FS_BLOCK  4096
#define RESIZE_FS _IOW('f', 16, uint64_t) /* fs/ext4/ext4.h: EXT4_IOC_RESIZE_FS */

enum {
	WAIT_MS = 30 * 1000,
	MAKE_S = 600,
	CHECK_S = 600,
	REPAIR_S = 1800,
	HEAD = 4096, /* bytes with the superblock */
};

/* On the console, and where nannyctl finds it. */
__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	char text[192];
	va_list ap;
	int fd = open(DATA_NOTE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	fprintf(stderr, "data: %s\n", text);
	strcat(text, "\n");
	if (fd >= 0) {
		(void)!write(fd, text, strlen(text));
		(void)close(fd);
	}
}

/* ------------------------------------------------------------------ the record */

/* The file that has had its reset, as a record of DATA_READY remembers it. */
static char done[DATA_MARK];

static enum data_state read_record(const char *device, char ret_mark[DATA_MARK])
{
	uint8_t sector[DATA_RECORD];
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, sector, sizeof(sector), 0);

	if (fd >= 0)
		(void)close(fd);
	ret_mark[0] = '\0';
	return n == (ssize_t)sizeof(sector) ? data_record_read(sector, ret_mark) : DATA_UNKNOWN;
}

static int write_at(const char *device, const void *data, size_t size, off_t at)
{
	int fd = open(device, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (r == 0 && pwrite(fd, data, size, at) != (ssize_t)size)
		r = -EIO;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int write_record(const char *device, enum data_state s)
{
	uint8_t sector[DATA_RECORD];

	data_record_write(s, done, sector);
	return write_at(device, sector, sizeof(sector), 0);
}

int data_request_reset(const char *device)
{
	return write_record(device, DATA_RESET);
}

/* ------------------------------------------------------------------ making and checking */

/*
 * Until the record says ready, whatever is on it is half made.  The old superblock goes first, so
 * that nothing takes the half-made one for the old one's remains; the record of a reset stays until
 * then.
 */
static int make(const char *device)
{
	static const uint8_t zero[HEAD];
	const char *const argv[] = {
		MKFS, "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "1", "-L", LABEL, device, NULL};
	int r = write_at(device, zero, sizeof(zero) - DATA_RECORD, DATA_RECORD);

	if (r == 0)
		r = child_run(argv, "data: making the file system", MAKE_S);
	if (r == 0)
		r = write_record(device, DATA_READY);
	if (r != 0)
		note("cannot be made: %s", r < 0 ? strerror(-r) : "mke2fs failed");
	return r == 0 ? 0 : -1;
}

/*
 * e2fsck(8) ends with 0 or 1 when all is good, 4 when something is left, 8 when it could do nothing
 * with it.  0; 1: it is damaged; or -errno, and nothing is known.
 */
static int check(const char *device, const char *how, const char *doing, int limit_s)
{
	const char *const argv[] = {FSCK, how, device, NULL};
	int r = child_run(argv, doing, limit_s);

	if (r >= 16)
		r = -ECANCELED; /* a signal, or called wrongly */
	errno = r < 0 ? -r : 0;
	return r < 0 ? r : r >= 4;
}

static bool try_mount(const char *device)
{
	(void)mkdir(DATA_MOUNT, 0700);
	return mount(device, DATA_MOUNT, "ext4", MS_NOATIME | MS_NODEV | MS_NOSUID, OPTIONS) == 0;
}

/* Only what the file system itself is to blame for: not a missing driver, or memory. */
static bool is_damage(int error)
{
	return error == EUCLEAN || error == EINVAL || error == EBADMSG;
}

/* The last resort, and only after e2fsck or the kernel has said that there is nothing to save. */
static bool make_anew(const char *device)
{
	note("LOST: it cannot be repaired and is made anew");
	if (write_record(device, DATA_NEW) < 0 || make(device) < 0 || !try_mount(device))
		return false;
	note("was LOST: it could not be repaired, and is new and empty");
	return true;
}

/*
 * Repaired as far as may be, then thoroughly, then anew: never silently.  What takes too long or
 * cannot be started is no reason to lose anything: the next start tries again.
 */
static bool check_and_mount(const char *device)
{
	int r = check(device, "-p", "data: checking", CHECK_S);

	if (r == 0 && try_mount(device)) {
		note("good");
		return true;
	}
	if (r < 0 || (r == 0 && !is_damage(errno)))
		return false;
	note("DAMAGED: being repaired; what cannot be placed goes to lost+found");
	r = check(device, "-fy", "data: repairing", REPAIR_S);
	if (r < 0)
		return false;
	if (r == 0 && try_mount(device)) {
		note("was DAMAGED and has been repaired; files may be missing, or in lost+found");
		return true;
	}
	return (r > 0 || is_damage(errno)) && make_anew(device);
}

static bool make_and_mount(const char *device, bool is_reset)
{
	fprintf(stderr, "data: %s\n",
		is_reset ? "factory reset: everything on it goes" : "new; making a file system");
	if (make(device) < 0 || !try_mount(device))
		return false;
	note(is_reset ? "empty after a factory reset" : "new and empty");
	return true;
}

/* The partition may have grown since: ext4 does this mounted, and safely. */
static void fill_partition(const char *device)
{
	int disk = open(device, O_RDONLY | O_CLOEXEC);
	int fd = open(DATA_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	off_t size = disk < 0 ? -1 : lseek(disk, 0, SEEK_END);
	uint64_t blocks = size < 0 ? 0 : (uint64_t)size / FS_BLOCK;

	if (fd >= 0 && blocks && ioctl(fd, RESIZE_FS, &blocks) < 0)
		fprintf(stderr, "data: stays smaller than its partition: %s\n", strerror(errno));
	if (disk >= 0)
		(void)close(disk);
	if (fd >= 0)
		(void)close(fd);
}

/* ------------------------------------------------------------------ what is kept on it */

/* A line of the image's list. */
static bool is_kept(const char *line)
{
	char text[4096], *save;

	(void)read_text(DATA_PERSISTENT, text, sizeof(text));
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (strcmp(p, line) == 0)
			return true;
	return false;
}

static bool is_mounted(void)
{
	struct stat here, above;

	return stat(DATA_MOUNT, &here) == 0 && stat(DATA_MOUNT "/..", &above) == 0 &&
	       here.st_dev != above.st_dev;
}

bool data_keeps_volume(const char *name, char *ret_folder, unsigned size)
{
	char line[300], mark[300];

	(void)snprintf(line, sizeof(line), "volume %s", name);
	(void)snprintf(mark, sizeof(mark), "/containers/volumes/%s/persistent", name);
	if ((!is_kept(line) && access(mark, F_OK) < 0) || !is_mounted() ||
		snprintf(ret_folder, size, VOLUMES "/%s", name) >= (int)size)
		return false;
	(void)mkdir(VOLUMES, 0700);
	return mkdir(ret_folder, 0755) == 0 || errno == EEXIST;
}

/* What was put into /var before: folders, and links. */
static void copy_folders(const char *from, const char *to)
{
	DIR *d = opendir(from);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[320], target[256];
		struct stat st;
		ssize_t n;

		if (e->d_name[0] == '.' ||
			fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", to, e->d_name);
		if (S_ISDIR(st.st_mode) && mkdir(path, 0755) == 0)
			(void)chmod(path, st.st_mode & 07777);
		n = S_ISLNK(st.st_mode)
			    ? readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1)
			    : -1;
		if (n > 0) {
			target[n] = '\0';
			(void)symlink(target, path);
		}
	}
	if (d)
		(void)closedir(d);
}

static void keep_var(void)
{
	if (!is_kept("/var"))
		return;
	(void)mkdir(VAR, 0755);
	copy_folders("/var", VAR);
	if (mount(VAR, "/var", NULL, MS_BIND, NULL) < 0)
		note("/var is NOT kept on it: %s", strerror(errno));
}

/* ------------------------------------------------------------------ the clock */

void data_save_clock(void)
{
	int fd = is_mounted() ? open(CLOCK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	(void)futimens(fd, NULL);
	(void)fsync(fd);
	(void)close(fd);
}

/* A board without a clock goes on from where it was last seen. */
static void take_up_clock(void)
{
	struct timespec now = {0};
	struct stat st;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (stat(CLOCK, &st) == 0 && st.st_mtim.tv_sec > now.tv_sec &&
		clock_settime(CLOCK_REALTIME, &st.st_mtim) == 0)
		fprintf(stderr, "clock: set to when this machine was last seen\n");
	data_save_clock();
}

/* ------------------------------------------------------------------ all of it */

static void grow(const struct partition *p)
{
	int r = partition_grow(p);

	if (r > 0)
		fprintf(stderr, "data: its partition now reaches the end of %s\n", p->disk);
	else if (r < 0)
		fprintf(stderr, "data: its partition stays as it is: %s\n", strerror(-r));
}

/*
 * The file system's own name (fs/ext4/ext4.h: s_magic, s_volume_name).  mke2fs writes the
 * superblock last, so one with our name was made completely, if only the record is missing.
 */
static bool is_ours(const char *device)
{
	uint8_t head[HEAD];
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	if (fd >= 0)
		(void)close(fd);
	return n == (ssize_t)sizeof(head) && head[1024 + 56] == 0x53 && head[1024 + 57] == 0xef &&
	       memcmp(head + 1024 + 120, LABEL, sizeof(LABEL)) == 0;
}

/* By a file that was not there before, or by the button. */
static bool is_reset_asked(const char *was)
{
	if (done[0] && strcmp(done, was) != 0) {
		fprintf(stderr, "factory reset: its file is on the first partition\n");
		return true;
	}
	return button_held();
}

/*
 * What the record says, and what is asked for beside the machine.  The record first: once a reset
 * is written, no power cut brings back what was there; and with the one that ends it, the file has
 * had it.  A file that is gone is forgotten, so that it may come again.
 */
static enum data_state settle_record(const struct partition *p)
{
	char was[DATA_MARK];
	enum data_state s = read_record(p->path, was);

	if (!reset_file_look(p, done))
		strcpy(done, was);
	if (s != DATA_READY)
		return s;
	if (is_reset_asked(was))
		return write_record(p->path, DATA_RESET) == 0 ? DATA_RESET : s;
	if (strcmp(done, was) != 0)
		(void)write_record(p->path, DATA_READY);
	return s;
}

static bool prepare(const struct partition *p)
{
	enum data_state s;

	grow(p);
	s = settle_record(p);
	if (s == DATA_RESET || (s == DATA_NEW && !is_ours(p->path)))
		return make_and_mount(p->path, s == DATA_RESET);
	if (!check_and_mount(p->path))
		return false;
	/* Beside the mounted superblock, through the same pages of the kernel's. */
	if (s != DATA_READY)
		(void)write_record(p->path, DATA_READY);
	return true;
}

static void remember_device(const char *device)
{
	int fd = open(DATA_DEVICE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	(void)!write(fd, device, strlen(device));
	(void)close(fd);
}

bool data_mount(void)
{
	char line[CMDLINE_MAX], name[128];
	const char *at = cmdline_read(line);
	struct partition p;

	if (!cmdline_next(&at, "nanny.data=", name, sizeof(name)))
		return false;
	if (partition_find(name, WAIT_MS, &p) < 0) {
		note("there is no %s: nothing is kept", name);
		return false;
	}
	remember_device(p.path);
	if (!prepare(&p)) {
		note("cannot be used, nothing is kept: %s", strerror(errno));
		return false;
	}
	fill_partition(p.path);
	take_up_clock();
	keep_var();
	return true;
}
