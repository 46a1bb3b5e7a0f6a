/*
 * A stand-in for the OCI runtime: it really makes a process, a control group and a pid file, in a
 * millisecond, and does what it is told wrong.  For loads that runc is too slow for, and for
 * faults.
 *
 *   runtime --root DIR create --bundle B --pid-file P ID | start ID | delete --force ID
 *
 * /run/do/ID: what the container's program does: "exit N", "signal N", "orphans N"; else it waits.
 * /run/fault: one line, taken once: "ID VERB before|after hang|kill|fail|flood", or "ID create pid
 * TEXT".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE "/run/rt"

static const char *verb, *id;
static char fault_when[16], fault_what[64];

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return ok ? 0 : -1;
}

/* Whoever takes the file has the fault. */
static void take_fault(void)
{
	char of[128], in[16], when[16], what[64], mine[64];
	FILE *f = fopen("/run/fault", "re");

	if (!f)
		return;
	if (fscanf(f, "%127s %15s %15s %63s", of, in, when, what) == 4 && strcmp(of, id) == 0 &&
		strcmp(in, verb) == 0) {
		snprintf(mine, sizeof(mine), "/run/fault.%d", (int)getpid());
		if (rename("/run/fault", mine) == 0) {
			(void)unlink(mine);
			strcpy(fault_when, when);
			strcpy(fault_what, what);
		}
	}
	(void)fclose(f);
}

static void maybe(const char *when)
{
	if (strcmp(fault_when, when) != 0)
		return;
	if (strcmp(fault_what, "hang") == 0) {
		for (;;)
			pause();
	}
	if (strcmp(fault_what, "kill") == 0)
		(void)raise(SIGKILL);
	if (strcmp(fault_what, "flood") == 0) {
		for (int i = 0; i < 16384; i++)
			fprintf(stderr, "level=error msg=\"a line of sixty-four bytes or so %d\"\n",
				i);
	}
	exit(1);
}

static void path_of(char *buf, size_t size, const char *folder, const char *file)
{
	snprintf(buf, size, "%s/%s%s", folder, id, file);
}

static void orphans(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0) {
			if (fork() >= 0)
				_exit(0); /* the grandchild, too, at once */
			_exit(1);
		}
		if (child > 0)
			(void)waitpid(child, NULL, 0);
	}
}

static void program(void)
{
	char path[256], what[16] = "";
	int n = 0;
	FILE *f;

	path_of(path, sizeof(path), "/run/do", "");
	f = fopen(path, "re");
	if (f) {
		(void)!fscanf(f, "%15s %d", what, &n);
		(void)fclose(f);
	}
	if (strcmp(what, "exit") == 0)
		_exit(n);
	if (strcmp(what, "signal") == 0) {
		(void)signal(n, SIG_DFL);
		(void)kill(getpid(), n);
	}
	if (strcmp(what, "orphans") == 0)
		orphans(n);
	for (;;)
		pause();
}

static int create(const char *pid_file)
{
	char group[256], fifo[256], text[32];
	pid_t child;

	path_of(group, sizeof(group), "/sys/fs/cgroup", "");
	path_of(fifo, sizeof(fifo), STATE, "");
	(void)mkdir(STATE, 0700);
	if (mkdir(group, 0755) < 0 && errno != EEXIST)
		return 1;
	if (mkfifo(fifo, 0600) < 0) {
		fprintf(stderr, "level=error msg=\"container with id exists: %s\"\n", id);
		return 1;
	}
	path_of(group, sizeof(group), "/sys/fs/cgroup", "/cgroup.procs");
	child = fork();
	if (child == 0) {
		char go;
		int fd;

		(void)setsid();
		fd = open(fifo, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &go, 1) != 1)
			_exit(1);
		(void)close(fd);
		program();
	}
	snprintf(text, sizeof(text), "%d", (int)child);
	if (child < 0 || write_text(group, text) < 0)
		return 1;
	if (strcmp(fault_when, "pid") == 0) {
		if (strcmp(fault_what, "none") != 0)
			(void)write_text(pid_file, strcmp(fault_what, "empty") ? fault_what : "");
		return 0;
	}
	return write_text(pid_file, text) < 0;
}

static int start(void)
{
	char fifo[256];
	int fd = -1, r = 1;

	path_of(fifo, sizeof(fifo), STATE, "");
	for (int i = 0; i < 1000 && fd < 0; i++) {
		fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno != ENXIO)
			return 1;
		if (fd < 0)
			(void)usleep(1000); /* its process has not come so far yet */
	}
	if (fd >= 0 && write(fd, "x", 1) == 1)
		r = 0;
	if (fd >= 0)
		(void)close(fd);
	(void)unlink(fifo);
	return r;
}

static int delete (void)
{
	char path[256];

	path_of(path, sizeof(path), "/sys/fs/cgroup", "/cgroup.kill");
	if (access(path, W_OK) == 0)
		(void)write_text(path, "1");
	path_of(path, sizeof(path), STATE, "");
	(void)unlink(path);
	path_of(path, sizeof(path), "/sys/fs/cgroup", "");
	for (int i = 0; i < 200 && rmdir(path) < 0 && errno == EBUSY; i++)
		(void)usleep(5000);
	return 0;
}

int main(int argc, char **argv)
{
	const char *pid_file = "";
	int r;

	if (argc < 5)
		return 2;
	verb = argv[3];
	id = argv[argc - 1];
	for (int i = 4; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--pid-file") == 0)
			pid_file = argv[i + 1];
	}
	take_fault();
	maybe("before");
	r = strcmp(verb, "create") == 0  ? create(pid_file)
	    : strcmp(verb, "start") == 0 ? start()
					 : delete ();
	if (r == 0)
		maybe("after");
	return r;
}
