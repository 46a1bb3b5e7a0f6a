#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SAY_S = 10,
};

static pid_t start(const char *const argv[])
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r = posix_spawn_file_actions_init(&actions);

	/* stdout may be the helper's own answer to PID 1. */
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn(
			&pid, argv[0], &actions, NULL, (char *const *)argv, (char *const *)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : -r;
}

static time_t now_s(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* True when it has ended. */
static bool wait_for(int pidfd, const char *doing, int limit_s)
{
	time_t began = now_s();

	for (;;) {
		struct pollfd p = {.fd = pidfd, .events = POLLIN};
		int r = poll(&p, 1, SAY_S * 1000);

		if (r > 0)
			return true;
		if (r < 0 && errno != EINTR)
			return false;
		if (now_s() - began >= limit_s)
			return false;
		if (r == 0)
			fprintf(stderr, "%s, since %d s\n", doing, (int)(now_s() - began));
	}
}

int child_run(const char *const argv[], const char *doing, int limit_s)
{
	pid_t pid = start(argv);
	int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	bool ended;
	int status;

	if (pid < 0)
		return pid;
	/* Without a pidfd there is no deadline, but there is PID 1's. */
	ended = pidfd < 0 || wait_for(pidfd, doing, limit_s);
	if (pidfd >= 0)
		(void)close(pidfd);
	if (!ended)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!ended)
		return -ETIMEDOUT;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
