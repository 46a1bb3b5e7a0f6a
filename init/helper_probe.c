/*
 * Looks at a container from outside: in its network or mount namespace, with nothing of it run (but
 * for `exec`, which is asked for).  Blocks as it likes; PID 1 ends it when its time is over.
 */
#include "helper.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/text.h"
#include "runtime.h"

enum {
	POLL_MS = 100,
	TCP_LISTEN_STATE = 0x0A, /* include/net/tcp_states.h */
};

/* What is looked for, and in which container. */
struct look {
	const char *arg, *runtime, *id;
	bool waits;
};

static bool enter(int what, const char *name)
{
	if (setns(STDIN_FILENO, what) == 0)
		return true;
	fprintf(stderr, "probe: cannot enter its %s namespace: %s\n", name, strerror(errno));
	return false;
}

/* "  0: 00000000:1F90 00000000:0000 0A …" (proc(5)): the second word's port, and the fourth, the
 * state. */
static bool line_listens(char *line, unsigned port)
{
	char *save = NULL, *word = strtok_r(line, " ", &save), *local;

	local = word ? strtok_r(NULL, " ", &save) : NULL;
	word = local ? strtok_r(NULL, " ", &save) : NULL;
	word = word ? strtok_r(NULL, " ", &save) : NULL;
	local = local ? strchr(local, ':') : NULL;
	return word && local && strtoul(local + 1, NULL, 16) == port &&
	       strtoul(word, NULL, 16) == TCP_LISTEN_STATE;
}

/* Of the namespace this process is in; nobody is connected to. */
static bool listens(const char *file, unsigned port)
{
	FILE *f = fopen(file, "re");
	char line[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = line_listens(line, port);
	if (f)
		(void)fclose(f);
	return found;
}

static int connect_to(unsigned port)
{
	const struct sockaddr_in four = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 six = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&four, sizeof(four)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&six, sizeof(six)) == 0)
		return fd;
	fprintf(stderr, "probe: port %u: %s\n", port, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int look_tcp(const struct look *l)
{
	unsigned port = (unsigned)strtoul(l->arg, NULL, 10);
	int fd;

	if (l->waits)
		return listens("/proc/self/net/tcp", port) || listens("/proc/self/net/tcp6", port);
	fd = connect_to(port);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* "8080/healthz": GET of HTTP/1.0 (RFC 1945); 2xx and 3xx are good. */
static int look_http(const struct look *l)
{
	unsigned port = (unsigned)strtoul(l->arg, NULL, 10);
	const char *path = strchr(l->arg, '/');
	char request[256], answer[16] = "";
	size_t have = 0;
	int fd = connect_to(port);
	int n;

	if (fd < 0)
		return 0;
	n = snprintf(request, sizeof(request),
		"GET %s HTTP/1.0\r\nHost: localhost\r\nUser-Agent: nanny\r\n\r\n",
		path ? path : "/");
	if (write(fd, request, (size_t)n) == n) {
		ssize_t r = 1;

		while (have < 12 && r > 0) {
			r = read(fd, answer + have, sizeof(answer) - 1 - have);
			have += r > 0 ? (size_t)r : 0;
		}
	}
	(void)close(fd);
	if (have >= 12 && strncmp(answer, "HTTP/1.", 7) == 0 &&
		(answer[9] == '2' || answer[9] == '3'))
		return 1;
	fprintf(stderr, "probe: http %s: answered \"%s\"\n", l->arg, answer);
	return 0;
}

static int look_file(const struct look *l)
{
	struct stat st;

	return stat(l->arg, &st) == 0;
}

/* ------------------------------------------------------------ exec: the runtime runs something in
 * it */

/* The words between spaces: there is no shell here.  Does not return. */
static void run_runtime(const struct look *l)
{
	char words[256];
	char *argv[32] = {(char *)l->runtime, "--root", RUNTIME_STATE, "exec", (char *)l->id};
	size_t n = 5;

	snprintf(words, sizeof(words), "%s", l->arg);
	for (char *save = NULL, *w = strtok_r(words, " ", &save); w && n + 1 < 32;
		w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	(void)execv(l->runtime, argv);
	fprintf(stderr, "probe: cannot run %s: %s\n", l->runtime, strerror(errno));
	_exit(1);
}

/* 0: it has none. */
static pid_t parent_of(const char *pid)
{
	char path[64], stat[512] = "";
	const char *after_name;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (f) {
		(void)!fread(stat, 1, sizeof(stat) - 1, f);
		(void)fclose(f);
	}
	after_name = strrchr(stat, ')'); /* "17 (a name) S 4 …": proc(5) */
	return after_name && strlen(after_name) > 4 ? (pid_t)strtol(after_name + 4, NULL, 10) : 0;
}

/* And of each the process group: the runtime makes what it runs the leader of one. */
static void kill_children(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 0 || parent_of(e->d_name) != getpid())
			continue;
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL);
	}
	if (proc)
		(void)closedir(proc);
}

/*
 * When the runtime is killed, what it ran in the container would stay there; it becomes a child of
 * this process instead, and the next round finds it.
 */
static void end_all(void)
{
	do {
		kill_children();
	} while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

/* Its status, once it has ended; -1 when this probe is asked to end. */
static int wait_for(pid_t runtime, const sigset_t *signals)
{
	int status, which;

	while (sigwait(signals, &which) == 0 && which != SIGTERM) {
		if (waitpid(runtime, &status, WNOHANG) == runtime)
			return status;
	}
	return -1;
}

static int look_exec(const struct look *l)
{
	sigset_t signals, before;
	pid_t runtime;
	int status;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
	runtime = fork();
	if (runtime == 0) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		run_runtime(l);
	}
	if (runtime < 0) {
		fprintf(stderr, "probe: cannot start a process: %s\n", strerror(errno));
		return 0;
	}
	status = wait_for(runtime, &signals);
	end_all();
	return status == 0;
}

/* ------------------------------------------------------------ which of them */

static const struct {
	const char *kind;
	int namespace;
	const char *namespace_name;
	int (*look)(const struct look *l);
} looks[] = {
	{"tcp", CLONE_NEWNET, "network", look_tcp},
	{"http", CLONE_NEWNET, "network", look_http},
	{"file", CLONE_NEWNS, "mount", look_file},
	{"exec", 0, "", look_exec},
};

static int run(int (*see)(const struct look *l), const struct look *l)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

	while (!see(l)) {
		if (!l->waits)
			return 1;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

int helper_probe(int argc, char **argv)
{
	struct look l;

	if (argc != 6)
		return 1;
	l = (struct look){.arg = argv[3],
		.runtime = argv[4],
		.id = argv[5],
		.waits = strcmp(argv[1], HELPER_PROBE_WAIT) == 0};
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		if (strcmp(looks[i].kind, argv[2]) != 0)
			continue;
		if (looks[i].namespace && !enter(looks[i].namespace, looks[i].namespace_name))
			return 1;
		return run(looks[i].look, &l);
	}
	return 1;
}
