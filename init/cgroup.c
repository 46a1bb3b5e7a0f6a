#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "read_text.h"
#include "sys.h"

enum {
	PATH_MAX_CG = 256,
};

/* With or without the "/" that runtimes put before it. */
static const char *below_root(const char *group)
{
	return group[0] == '/' ? group + 1 : group;
}

static bool path_of(char *buf, const char *group, const char *file)
{
	int n = snprintf(buf, PATH_MAX_CG, "%s/%s/%s", CGROUP_ROOT, below_root(group), file);

	return n > 0 && n < PATH_MAX_CG;
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

void cgroup_kill(const char *group)
{
	char path[PATH_MAX_CG];

	/* Frozen processes cannot die before the kernel thaws them, which cgroup.kill does itself.
	 */
	if (path_of(path, group, "cgroup.kill"))
		(void)write_file(path, "1");
}

static const char *read_file(const char *group, const char *file, char *buf, size_t size)
{
	char path[PATH_MAX_CG];

	buf[0] = '\0';
	return path_of(path, group, file) ? read_text(path, buf, size) : buf;
}

bool cgroup_empty(const char *group)
{
	char buf[128];

	return !strstr(read_file(group, "cgroup.events", buf, sizeof(buf)), "populated 1");
}

bool cgroup_remove(const char *group)
{
	char path[PATH_MAX_CG];
	int n = snprintf(path, sizeof(path), "%s/%s", CGROUP_ROOT, below_root(group));
	int r = n > 0 && n < PATH_MAX_CG ? sys_rmdir(path) : -ENAMETOOLONG;

	return r == 0 || r == -ENOENT;
}

bool cgroup_out_of_memory(const char *group)
{
	static const char key[] = "oom_kill ";
	char buf[256];
	const char *at = strstr(read_file(group, "memory.events", buf, sizeof(buf)), key);

	return at && at[strlen(key)] != '0';
}

bool cgroup_holds(const char *group, pid_t pid)
{
	char path[32], buf[1024], line[PATH_MAX_CG + 8];

	if (!*read_file(group, "cgroup.events", buf, sizeof(buf)))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	snprintf(line, sizeof(line), "0::/%s\n", below_root(group));
	return strstr(read_text(path, buf, sizeof(buf)), line) != NULL;
}

int cgroup_watch(const char *group)
{
	char path[PATH_MAX_CG], buf[128];
	int fd;

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
