#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "mem.h"

/* What a program gets to end by itself before it is killed. */
#define GRACE_MS 3000

struct console {
	const struct console_wait *wait;
	pid_t pid; /* 0: ended */
	int status;
	int output, log, signals;
	int64_t deadline_ms;
	char *tail; /* the end of what was read: the text may be in two halves */
	size_t n_tail;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* In the child; never returns. */
static void become(const char *const argv[], int output, pid_t parent)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* Not even kill -9 of us leaves a machine running. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(output, STDOUT_FILENO) < 0)
		_exit(126);
	(void)execvp(argv[0], (char *const *)argv);
	(void)say_error("%s: %s", argv[0], strerror(errno));
	_exit(127);
}

static int start(struct console *c, const char *const argv[])
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return say_error("pipe: %s", strerror(errno));
	c->output = ends[0];
	c->pid = fork();
	if (c->pid == 0)
		become(argv, ends[1], parent);
	(void)close(ends[1]);
	if (c->pid < 0) {
		c->pid = 0;
		return say_error("fork: %s", strerror(errno));
	}
	return 0;
}

static bool reap(struct console *c)
{
	if (c->pid > 0 && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->pid = 0;
	return c->pid == 0;
}

static void stop(struct console *c)
{
	int64_t until = now_ms() + GRACE_MS;

	if (reap(c))
		return;
	(void)kill(c->pid, SIGTERM);
	while (!reap(c) && now_ms() < until)
		(void)poll(NULL, 0, 10);
	if (c->pid == 0)
		return;
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, &c->status, 0);
	c->pid = 0;
}

/* Whether the text is in the output, now that `n` more bytes of it are known. */
static bool is_seen(struct console *c, const char *buf, size_t n)
{
	size_t want = strlen(c->wait->text), all = c->n_tail + n, keep;
	bool seen;

	c->tail = mem_grow(c->tail, all, 1);
	memcpy(c->tail + c->n_tail, buf, n);
	seen = memmem(c->tail, all, c->wait->text, want) != NULL;
	keep = all < want - 1 ? all : want - 1;
	memmove(c->tail, c->tail + all - keep, keep);
	c->n_tail = keep;
	return seen;
}

/* 1: the text was seen; 0: go on; -1: the program has ended. */
static int read_output(struct console *c)
{
	char buf[4096];
	ssize_t n = read(c->output, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return -1;
	(void)io_write(STDOUT_FILENO, buf, (size_t)n);
	if (c->log >= 0 && io_write(c->log, buf, (size_t)n) < 0)
		return say_error("%s: %s", c->wait->log, strerror(errno));
	return is_seen(c, buf, (size_t)n);
}

static int say_end(struct console *c)
{
	stop(c);
	if (WIFEXITED(c->status))
		return say_error("the machine ended (status %d) before it said \"%s\"",
			WEXITSTATUS(c->status), c->wait->text);
	return say_error("the machine ended (signal %d) before it said \"%s\"", WTERMSIG(c->status),
		c->wait->text);
}

static int watch(struct console *c)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = c->output, .events = POLLIN}, {.fd = c->signals, .events = POLLIN}};
		int64_t left = c->deadline_ms - now_ms();
		int r = 0;

		if (left <= 0)
			return say_error("\"%s\" was not seen in %d s", c->wait->text,
				c->wait->timeout_ms / 1000);
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return say_error("poll: %s", strerror(errno));
		if (fds[1].revents)
			return say_error("interrupted");
		if (fds[0].revents)
			r = read_output(c);
		if (r > 0)
			return 0;
		if (r < 0)
			return say_end(c);
	}
}

static int run(struct console *c, const char *const argv[])
{
	int r;

	if (c->wait->log) {
		c->log = open(c->wait->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (c->log < 0)
			return say_error("%s: %s", c->wait->log, strerror(errno));
	}
	r = start(c, argv);
	if (r >= 0)
		r = watch(c);
	stop(c);
	return r;
}

int console_run(const char *const argv[], const struct console_wait *w)
{
	struct console c = {.wait = w, .output = -1, .log = -1};
	sigset_t ours, before;
	int r;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &ours, &before);
	c.signals = signalfd(-1, &ours, SFD_CLOEXEC);
	c.deadline_ms = now_ms() + w->timeout_ms;
	r = c.signals < 0 ? say_error("signalfd: %s", strerror(errno)) : run(&c, argv);
	if (c.output >= 0)
		(void)close(c.output);
	if (c.log >= 0)
		(void)close(c.log);
	if (c.signals >= 0)
		(void)close(c.signals);
	free(c.tail);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
