#include "ctr_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../lib/text.h"
#include "cgroup.h"
#include "ctr_path.h"
#include "ctr_pipes.h"
#include "helper.h"
#include "log.h"
#include "runtime.h"
#include "sys.h"

/*
 * Nothing of PID 1's own environment: with NOTIFY_SOCKET set, runc would wait for the container to
 * report itself ready.
 */
static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static int spawn_step(struct ctr_pool *p, struct ctr *c, const char *path, const char *const *argv)
{
	struct spawn s = {.path = path, .argv = argv, .envp = environment};
	int r = ctr_open_pipes(p, c);

	if (r < 0)
		return r;
	s.fd[0] = p->null_fd;
	s.fd[1] = c->out[1];
	s.fd[2] = c->err[1];
	r = sys_spawn(&s, &c->step_pidfd);
	if (r < 0)
		return r;
	c->step_pid = r;
	c->step_said = c->ring.next_seq;
	return 1;
}

static int run_helper(struct ctr_pool *p, struct ctr *c, const char *name, const char *arg)
{
	char bundle[CTR_PATH_MAX];
	const char *const argv[] = {name, bundle, arg, NULL};

	ctr_bundle(c, bundle);
	return spawn_step(p, c, p->self, argv);
}

int ctr_run_prepare(struct ctr_pool *p, struct ctr *c)
{
	ctr_open_rings(p, c);
	if (c->prepared || c->def->program)
		return 0; /* a service keeps its writable layer from start to start */
	return run_helper(p, c, HELPER_PREPARE, NULL);
}

int ctr_run_create(struct ctr_pool *p, struct ctr *c)
{
	char bundle[CTR_PATH_MAX], pid_file[CTR_PATH_MAX];
	const char *const argv[] = {p->runtime, "--root", RUNTIME_STATE, "create", "--bundle",
		bundle, "--pid-file", pid_file, c->def->id, NULL};
	const char *const debug[] = {p->runtime, "--debug", "--root", RUNTIME_STATE, "create",
		"--bundle", bundle, "--pid-file", pid_file, c->def->id, NULL};

	if (c->def->program)
		return 0;
	ctr_bundle(c, bundle);
	ctr_pid_file(c, pid_file);
	return spawn_step(p, c, p->runtime, p->debug ? debug : argv);
}

int ctr_run_wire(struct ctr_pool *p, struct ctr *c)
{
	char pid[16];

	if (!c->def->wired)
		return 0;
	snprintf(pid, sizeof(pid), "%d", (int)c->pid);
	return run_helper(p, c, HELPER_WIRE, pid);
}

int ctr_run_probe(
	struct ctr_pool *p, struct ctr *c, const char *mode, uint8_t probe, const char *arg)
{
	static const char *const kinds[] = {[PROBE_TCP] = "tcp",
		[PROBE_FILE] = "file",
		[PROBE_HTTP] = "http",
		[PROBE_EXEC] = "exec"};
	const char *const argv[] = {
		HELPER_PROBE, mode, kinds[probe], arg, p->runtime, c->def->id, NULL};
	struct spawn s = {.path = p->self,
		.argv = argv,
		.envp = environment,
		.fd = {c->pidfd, c->err[1], c->err[1]}};
	int r;

	if (c->pidfd < 0)
		return -ESRCH;
	r = sys_spawn(&s, &c->probe.pidfd);
	if (r < 0)
		return r;
	c->probe.pid = r;
	return 1;
}

static int run_runtime(struct ctr_pool *p, struct ctr *c, const char *verb, const char *option)
{
	const char *const argv[] = {p->runtime, "--root", RUNTIME_STATE, verb,
		option ? option : c->def->id, option ? c->def->id : NULL, NULL};

	return spawn_step(p, c, p->runtime, argv);
}

/* What busybox's init gave them. */
static const char *const program_environment[] = {
	"PATH=/sbin:/usr/sbin:/bin:/usr/bin", "HOME=/", "TERM=linux", "USER=root", NULL};

/* No step before it, but what it is all about: from here on it runs. */
static int start_program(struct ctr_pool *p, struct ctr *c)
{
	char path[CTR_PATH_MAX], group[CTR_PATH_MAX];
	const char *const argv[] = {HELPER_PROGRAM, path, group, NULL};
	struct spawn s = {.path = p->self, .argv = argv, .envp = program_environment};
	int r = ctr_open_pipes(p, c);

	if (r < 0)
		return r;
	ctr_bundle(c, path);
	ctr_group(c, group);
	s.fd[0] = p->null_fd;
	s.fd[1] = c->out[1];
	s.fd[2] = c->err[1];
	r = sys_spawn(&s, &c->pidfd);
	if (r < 0)
		return r;
	c->pid = r;
	return 0;
}

int ctr_run_start(struct ctr_pool *p, struct ctr *c)
{
	if (c->def->program)
		return start_program(p, c);
	return run_runtime(p, c, "start", NULL);
}

/* A runtime that was killed half-way leaves its pid file, or the one it makes it from (".NAME"). */
static void remove_pid_files(const struct ctr *c)
{
	char path[CTR_PATH_MAX], hidden[CTR_PATH_MAX + 1];
	int folder;

	ctr_pid_file(c, path);
	folder = (int)(strrchr(path, '/') - path);
	snprintf(hidden, sizeof(hidden), "%.*s/.%s", folder, path, path + folder + 1);
	(void)sys_unlink(path);
	(void)sys_unlink(hidden);
}

int ctr_run_delete(struct ctr_pool *p, struct ctr *c)
{
	if (c->def->program)
		return 0;
	remove_pid_files(c);
	/* --force: a container that the runtime has never heard of is no error. */
	return run_runtime(p, c, "delete", "--force");
}

int ctr_run_clean(struct ctr_pool *p, struct ctr *c)
{
	char bundle[CTR_PATH_MAX], group[CTR_PATH_MAX];
	bool keeps = c->def->kind == CTR_SERVICE && c->prepared && !c->fresh;
	bool gone;
	const char *const argv[] = {HELPER_CLEAN, group, keeps ? NULL : bundle, NULL};

	ctr_bundle(c, bundle);
	ctr_group(c, group);
	gone = cgroup_remove(group) || ctr_group_is_in_use(p, c);
	if (c->def->program || (gone && keeps))
		return 0;
	if (!keeps)
		c->prepared = c->fresh = false;
	return spawn_step(p, c, p->self, argv);
}

static int read_pid(const char *path, pid_t *ret_pid)
{
	char buf[24];
	int64_t pid;
	ssize_t n;
	int fd = sys_open(path, O_RDONLY);

	if (fd < 0)
		return fd;
	n = sys_read(fd, buf, sizeof(buf) - 1);
	sys_close(&fd);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	/* 1 is PID 1 itself: a signal sent there by mistake would be the end of the machine. */
	if (!text_number(buf, 2, 1 << 22, &pid))
		return -EINVAL;
	*ret_pid = (pid_t)pid;
	return 0;
}

int ctr_adopt(struct ctr_pool *p, struct ctr *c)
{
	char path[CTR_PATH_MAX], group[CTR_PATH_MAX];
	pid_t pid = 0;
	int r;

	(void)p;
	ctr_pid_file(c, path);
	r = read_pid(path, &pid);
	(void)sys_unlink(path);
	if (r < 0)
		return log_errno(r, "%s: cannot use the runtime's pid file %s", c->name, path);

	r = sys_pidfd_open(pid);
	if (r < 0)
		return log_errno(r, "%s: cannot watch process %d", c->name, (int)pid);
	c->pidfd = r;
	/*
	 * Killed meanwhile, its number may be another's. That of the group is the same process's
	 * as the pidfd when that has not been reaped after it was read.
	 */
	ctr_group(c, group);
	if (!cgroup_holds(group, pid) || sys_pidfd_kill(c->pidfd, 0) < 0) {
		sys_close(&c->pidfd);
		return log_errno(-ESRCH, "%s: process %d of the runtime's pid file is not its own",
			c->name, (int)pid);
	}
	c->pid = pid;
	return 0;
}

void ctr_forget(struct ctr *c)
{
	if (c->step_pidfd >= 0)
		(void)sys_pidfd_kill(c->step_pidfd, SIGKILL);
	sys_close(&c->pidfd);
	sys_close(&c->step_pidfd);
	c->pid = c->step_pid = 0;
}
