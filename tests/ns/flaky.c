/*
 * A runtime that fails at a chosen point: stands in the image as the runtime, the real one beside
 * it with ".real" after its name.  /run/fault holds "ID VERB FAULT [MS]"; the call that it is about
 * takes the file away (to /run/fault.hit), so each order is carried out once and the next call
 * works.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDER "/run/fault"

struct call {
	char **argv;
	char real[256];
	const char *verb, *id, *pid_file;
	unsigned ms;
};

static void be_real(const struct call *c)
{
	execv(c->real, c->argv);
	_exit(126);
}

static pid_t begin_real(const struct call *c)
{
	pid_t pid = fork();

	if (pid == 0)
		be_real(c);
	return pid;
}

static void do_real(const struct call *c)
{
	pid_t pid = begin_real(c);

	while (pid > 0 && waitpid(pid, NULL, 0) != pid)
		;
}

static void hang(void)
{
	for (;;)
		pause();
}

static void hang_before(const struct call *c)
{
	(void)c;
	hang();
}

static void hang_after(const struct call *c)
{
	do_real(c);
	hang();
}

static void killed_before(const struct call *c)
{
	(void)c;
	(void)raise(SIGKILL);
}

static void killed_after(const struct call *c)
{
	do_real(c);
	(void)raise(SIGKILL);
}

/* The real one is struck down while it works. */
static void killed_amid(const struct call *c)
{
	pid_t pid = begin_real(c);

	(void)usleep(c->ms * 1000);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)raise(SIGKILL);
}

static void exit_before(const struct call *c)
{
	(void)c;
	_exit(1);
}

static void exit_after(const struct call *c)
{
	do_real(c);
	_exit(1);
}

static void flood(const struct call *c)
{
	static const char line[] =
		"level=error msg=\"a flood of words that nobody will read, ever\"\n";

	for (size_t n = 0; n < 1024 * 1024; n += sizeof(line) - 1) {
		if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
			_exit(1);
	}
	be_real(c);
}

static void say_pid(const struct call *c, const char *text)
{
	int fd;

	do_real(c);
	fd = open(c->pid_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(125);
	_exit(0);
}

static void pid_garbage(const struct call *c)
{
	say_pid(c, "\x7f"
		   "ELF is no number");
}

static void pid_empty(const struct call *c)
{
	say_pid(c, "");
}

static void pid_one(const struct call *c)
{
	say_pid(c, "1");
}

static void pid_huge(const struct call *c)
{
	say_pid(c, "99999999999999999999");
}

/* A number that could be, and is nobody's. */
static void pid_nobody(const struct call *c)
{
	say_pid(c, "4194300");
}

static void pid_missing(const struct call *c)
{
	do_real(c);
	(void)unlink(c->pid_file);
	_exit(0);
}

/* The runtime writes ".NAME" and renames it: killed in between, it leaves that behind. */
static void pid_half(const struct call *c)
{
	const char *slash = strrchr(c->pid_file, '/');
	char half[512];

	snprintf(
		half, sizeof(half), "%.*s/.%s", (int)(slash - c->pid_file), c->pid_file, slash + 1);
	(void)open(half, O_WRONLY | O_CREAT | O_EXCL, 0644);
	(void)raise(SIGKILL);
}

static const struct {
	const char *name;
	void (*run)(const struct call *c);
	int needs_pid_file;
} faults[] = {
	{"hang-before", hang_before, 0},
	{"hang-after", hang_after, 0},
	{"killed-before", killed_before, 0},
	{"killed-after", killed_after, 0},
	{"killed-amid", killed_amid, 0},
	{"exit-before", exit_before, 0},
	{"exit-after", exit_after, 0},
	{"flood", flood, 0},
	{"pid-garbage", pid_garbage, 1},
	{"pid-empty", pid_empty, 1},
	{"pid-one", pid_one, 1},
	{"pid-huge", pid_huge, 1},
	{"pid-nobody", pid_nobody, 1},
	{"pid-missing", pid_missing, 1},
	{"pid-half", pid_half, 1},
};

static struct call read_call(int argc, char **argv)
{
	static const char *const verbs[] = {"create", "start", "delete", "kill", "state", "exec"};
	struct call c = {.argv = argv, .verb = "", .id = argc > 1 ? argv[argc - 1] : ""};
	char self[200] = "";

	/* By its own name: it may be called by a link. */
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		_exit(124);
	snprintf(c.real, sizeof(c.real), "%s.real", self);
	for (int i = 1; i < argc - 1; i++) {
		if (strcmp(argv[i], "--pid-file") == 0)
			c.pid_file = argv[i + 1];
		for (size_t v = 0; !*c.verb && v < sizeof(verbs) / sizeof(verbs[0]); v++) {
			if (strcmp(argv[i], verbs[v]) == 0)
				c.verb = verbs[v];
		}
	}
	return c;
}

static void fail_as_ordered(struct call *c)
{
	char id[64], verb[16], fault[32];
	FILE *f = fopen(ORDER, "re");
	int n;

	if (!f)
		return;
	n = fscanf(f, "%63s %15s %31s %u", id, verb, fault, &c->ms);
	(void)fclose(f);
	if (n < 3 || strcmp(id, c->id) != 0 || strcmp(verb, c->verb) != 0)
		return;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(fault, faults[i].name) != 0 ||
			(faults[i].needs_pid_file && !c->pid_file))
			continue;
		if (rename(ORDER, ORDER ".hit") == 0)
			faults[i].run(c);
	}
}

int main(int argc, char **argv)
{
	struct call c = read_call(argc, argv);

	fail_as_ordered(&c);
	be_real(&c);
}
