#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../lib/text.h"
#include "log.h"
#include "read_text.h"
#include "sys.h"

enum {
	PATH_MAX_CG = 256,
	V1_PASSES = 3,
	V1_MEMBERS_MAX = 4096, /* bytes of /proc/PID/cgroup: a line for each hierarchy */
};

#define V1_PROCESSES CGROUP_ROOT "/" CGROUP_V1_NAME
#define V1_FREEZER   CGROUP_ROOT "/freezer"
#define V1_MEMORY    CGROUP_ROOT "/memory"

/* With or without the "/" that runtimes put before it. */
static const char *below_root(const char *group)
{
	return group[0] == '/' ? group + 1 : group;
}

bool cgroup_is_v1(void)
{
	return !sys_exists(CGROUP_ROOT "/cgroup.procs") && sys_exists(V1_PROCESSES "/cgroup.procs");
}

const char *cgroup_folder(void)
{
	return cgroup_is_v1() ? V1_PROCESSES : CGROUP_ROOT;
}

static bool path_in(char *buf, const char *folder, const char *group, const char *file)
{
	int n = snprintf(buf, PATH_MAX_CG, "%s/%s/%s", folder, below_root(group), file);

	return n > 0 && n < PATH_MAX_CG;
}

static bool path_of(char *buf, const char *group, const char *file)
{
	return path_in(buf, CGROUP_ROOT, group, file);
}

static int write_file(const char *path, const char *text)
{
	int fd = sys_open(path, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = sys_write(fd, text, strlen(text));
	sys_close(&fd);
	return n < 0 ? (int)n : 0;
}

/*
 * One process of it; its number may be another's by now, so it is asked for its group after the
 * pidfd is there.
 */
static bool kill_v1_one(const char *group, const char *number)
{
	int64_t pid;
	int pidfd;
	bool killed = false;

	if (!text_number(number, 2, 1 << 22, &pid))
		return false;
	pidfd = sys_pidfd_open((pid_t)pid);
	if (pidfd < 0)
		return false;
	if (cgroup_holds(group, (pid_t)pid))
		killed = sys_pidfd_kill(pidfd, SIGKILL) == 0;
	sys_close(&pidfd);
	return killed;
}

/* Every number in the file, a line each; true when somebody was killed. */
static bool kill_v1_pass(const char *group, const char *path)
{
	char number[16];
	size_t len = 0;
	bool any = false;
	char buf[1024];
	ssize_t n;
	int fd = sys_open(path, O_RDONLY);

	while (fd >= 0 && (n = sys_read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n') {
				if (len < sizeof(number) - 1)
					number[len++] = buf[i];
				continue;
			}
			number[len] = '\0';
			len = 0;
			any |= kill_v1_one(group, number);
		}
	}
	sys_close(&fd);
	return any;
}

/* Frozen while they are counted, so that none can fork; without a freezer it is tried again. */
static void kill_v1(const char *group)
{
	char path[PATH_MAX_CG], freezer[PATH_MAX_CG];
	bool freezes = path_in(freezer, V1_FREEZER, group, "freezer.state") &&
		       write_file(freezer, "FROZEN") == 0;

	if (path_in(path, V1_PROCESSES, group, "cgroup.procs")) {
		for (int i = 0; i < V1_PASSES && kill_v1_pass(group, path); i++)
			;
	}
	if (freezes)
		(void)write_file(freezer, "THAWED");
}

void cgroup_kill(const char *group)
{
	char path[PATH_MAX_CG];

	if (cgroup_is_v1()) {
		kill_v1(group);
		return;
	}

	/* Frozen processes cannot die before the kernel thaws them, which cgroup.kill does itself.
	 */
	if (path_of(path, group, "cgroup.kill"))
		(void)write_file(path, "1");
}

static const char *read_in(
	const char *folder, const char *group, const char *file, char *buf, size_t size)
{
	char path[PATH_MAX_CG];

	buf[0] = '\0';
	return path_in(path, folder, group, file) ? read_text(path, buf, size) : buf;
}

static const char *read_file(const char *group, const char *file, char *buf, size_t size)
{
	return read_in(CGROUP_ROOT, group, file, buf, size);
}

bool cgroup_empty(const char *group)
{
	char buf[128];

	if (cgroup_is_v1())
		return !*read_in(V1_PROCESSES, group, "cgroup.procs", buf, sizeof(buf));
	return !strstr(read_file(group, "cgroup.events", buf, sizeof(buf)), "populated 1");
}

bool cgroup_remove(const char *group)
{
	char path[PATH_MAX_CG];
	int n = snprintf(path, sizeof(path), "%s/%s", cgroup_folder(), below_root(group));
	int r = n > 0 && n < PATH_MAX_CG ? sys_rmdir(path) : -ENAMETOOLONG;

	return r == 0 || r == -ENOENT;
}

bool cgroup_out_of_memory(const char *group)
{
	static const char key[] = "oom_kill ";
	char buf[256];
	const char *at = cgroup_is_v1()
				 ? read_in(V1_MEMORY, group, "memory.oom_control", buf, sizeof(buf))
				 : read_file(group, "memory.events", buf, sizeof(buf));

	at = strstr(at, key);

	return at && at[strlen(key)] != '0';
}

bool cgroup_holds(const char *group, pid_t pid)
{
	char path[32], buf[V1_MEMBERS_MAX], line[PATH_MAX_CG + 24];
	bool v1 = cgroup_is_v1();

	if (!v1 && !*read_file(group, "cgroup.events", buf, sizeof(buf)))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	snprintf(line, sizeof(line), "%s:/%s\n", v1 ? ":name=systemd" : "0:", below_root(group));
	return strstr(read_text(path, buf, sizeof(buf)), line) != NULL;
}

int cgroup_watch(const char *group)
{
	char path[PATH_MAX_CG], buf[128];
	int fd;

	if (cgroup_is_v1())
		return -ENOTSUP;
	if (!path_of(path, group, "cgroup.events"))
		return -ENAMETOOLONG;
	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	/* Changes are reported from the last read on. */
	(void)sys_pread(fd, buf, sizeof(buf), 0);
	return fd;
}

int cgroup_setup(void)
{
	static const char *const controllers[] = {
		"+cpu", "+memory", "+pids", "+io", "+cpuset", "+hugetlb", "+rdma", "+misc"};
	int r;

	if (cgroup_is_v1())
		return 0;
	if (!sys_exists(CGROUP_ROOT "/cgroup.procs"))
		return -ENOENT;
	/* Nothing may run in a group that hands controllers on (no-internal-process rule). */
	r = sys_mkdir(CGROUP_ROOT "/" CGROUP_SELF, 0755);
	if (r == 0)
		r = write_file(CGROUP_ROOT "/" CGROUP_SELF "/cgroup.procs", "0");
	if (r < 0)
		return r;
	/* One by one: a kernel without one of them still gives the others. */
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		(void)write_file(CGROUP_ROOT "/cgroup.subtree_control", controllers[i]);
	/* A hundred groups of services, busy all of them, must not keep PID 1 waiting. */
	(void)write_file(CGROUP_ROOT "/" CGROUP_SELF "/cpu.weight", "1000");
	return 0;
}
