#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diag.h"

extern char **environ;

static pid_t start(const char *const argv[], int out, int err)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0 && out >= 0)
		r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0 && err >= 0)
		r = posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	if (r == 0)
		r = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : say_error("cannot start %s: %s", argv[0], strerror(r));
}

static int wait_for(pid_t pid, const char *name)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return say_error("cannot wait for %s: %s", name, strerror(errno));
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int proc_run(const char *const argv[])
{
	pid_t pid = start(argv, -1, -1);

	return pid < 0 ? -1 : wait_for(pid, argv[0]);
}

static char *read_all(int fd, size_t *ret_len)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	char buf[4096];
	ssize_t n;

	if (!f)
		return NULL;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || fwrite(buf, 1, (size_t)n, f) != (size_t)n)
			break;
	}
	if (fclose(f) != 0 || n < 0) {
		free(text);
		return NULL;
	}
	*ret_len = len;
	return text;
}

int proc_capture(struct arena *a, const char *const argv[], char **ret_out, size_t *ret_len)
{
	int fd[2], r;
	size_t len = 0;
	char *text = NULL;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return say_error("cannot make a pipe: %s", strerror(errno));
	pid = start(argv, fd[1], -1);
	(void)close(fd[1]);
	if (pid > 0)
		text = read_all(fd[0], &len);
	(void)close(fd[0]);
	if (pid < 0)
		return -1;
	r = wait_for(pid, argv[0]);
	if (!text)
		return say_error("cannot read what %s printed: %s", argv[0], strerror(errno));
	*ret_out = arena_strndup(a, text, len);
	if (ret_len)
		*ret_len = len;
	free(text);
	return r;
}

/* What a memory file holds, NUL-terminated. */
static char *read_memory(struct arena *a, int fd, size_t *ret_len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = arena_alloc(a, size > 0 ? (size_t)size + 1 : 1);
	ssize_t n = size > 0 ? pread(fd, text, (size_t)size, 0) : 0;

	*ret_len = n > 0 ? (size_t)n : 0;
	return text;
}

int proc_listen(struct arena *a, const char *const argv[], struct proc_said *ret)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	pid_t pid = -1;
	int r = -1;
	size_t n;

	if (out < 0 || err < 0)
		(void)say_error("cannot make a memory file: %s", strerror(errno));
	else
		pid = start(argv, out, err);
	if (pid > 0)
		r = wait_for(pid, argv[0]);
	if (r >= 0) {
		ret->out = read_memory(a, out, &ret->out_len);
		ret->err = read_memory(a, err, &n);
	}
	if (out >= 0)
		(void)close(out);
	if (err >= 0)
		(void)close(err);
	return r;
}
