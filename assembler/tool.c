#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"

extern char **environ;

static const char *const packages[][2] = {
	{"mkfs.vfat", "dosfstools"},
	{"mksquashfs", "squashfs-tools"},
	{"mcopy", "mtools"},
	{"mdir", "mtools"},
	{"mmd", "mtools"},
	{"sfdisk", "fdisk"},
	{"sqfs2tar", "squashfs-tools-ng"},
	{"xorriso", "xorriso"},
	{"qemu-img", "qemu-utils"},
	{"mkenvimage", "u-boot-tools"},
	{"mkimage", "u-boot-tools"},
};

static const char *const fixed[] = {
	"TZ=UTC",
	"LC_ALL=C",
	"MTOOLSRC=/dev/null",
	"MTOOLS_SKIP_CHECK=1", /* geometry is for floppies */
	"SQUASHFS_OPTIONS=",
};

static bool is_name(const char *entry, const char *other)
{
	size_t n = strcspn(entry, "=");

	return strncmp(entry, other, n + 1) == 0;
}

static bool is_replaced(const char *entry)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (is_name(entry, fixed[i]))
			return true;
	return is_name(entry, "SOURCE_DATE_EPOCH=");
}

/* Ours, with what is fixed in its place. */
static const char **make_environment(struct arena *a, int64_t date)
{
	const size_t n_fixed = sizeof(fixed) / sizeof(fixed[0]);
	size_t n = 0, have = 0;
	const char **env;

	while (environ[n])
		n++;
	env = arena_alloc(a, (n + n_fixed + 2) * sizeof(*env));
	for (size_t i = 0; i < n_fixed; i++)
		env[have++] = fixed[i];
	env[have++] = arena_printf(a, "SOURCE_DATE_EPOCH=%" PRId64, date);
	for (size_t i = 0; i < n; i++)
		if (!is_replaced(environ[i]))
			env[have++] = environ[i];
	return env;
}

static int cannot_start(const char *name, int error)
{
	for (size_t i = 0; error == ENOENT && i < sizeof(packages) / sizeof(packages[0]); i++)
		if (strcmp(packages[i][0], name) == 0)
			return say_error("%s is not installed; it is in the Debian package %s",
				name, packages[i][1]);
	return say_error("cannot start %s: %s", name, strerror(error));
}

/* What it has done in its first moments is not worth a bound. */
static void limit(pid_t pid, uint64_t bytes)
{
	const struct rlimit time = {TOOL_SECONDS_MAX, TOOL_SECONDS_MAX};
	const struct rlimit size = {bytes, bytes};

	(void)prlimit(pid, RLIMIT_CPU, &time, NULL);
	(void)prlimit(pid, RLIMIT_FSIZE, &size, NULL);
}

/* What it prints goes to `said`, its input comes from `in`. */
static pid_t start(struct arena *a, const struct tool *t, int in, int said)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(
			&actions, t->out ? t->out : said, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	if (r == 0)
		r = posix_spawnp(&pid, t->file ? t->file : t->argv[0], &actions, NULL,
			(char *const *)t->argv, (char *const *)make_environment(a, t->date));
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r == 0 && t->out_max)
		limit(pid, t->out_max);
	return r == 0 ? pid : cannot_start(t->argv[0], r);
}

/* The last of what it printed; its first words are often a banner. */
static int say_failure(const char *name, int said, int status)
{
	char text[2048];
	off_t end = lseek(said, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t n = pread(said, text, sizeof(text) - 1, from);

	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	if (WIFSIGNALED(status))
		return say_error("%s was killed by signal %d", name, WTERMSIG(status));
	return say_error("%s failed with status %d%s%s", name, WEXITSTATUS(status),
		n > 0 ? ":\n" : "", text);
}

static int finish(pid_t pid, const char *name, int said)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return say_error("cannot wait for %s: %s", name, strerror(errno));
	return status == 0 ? 0 : say_failure(name, said, status);
}

/* A program that ends early must not end us with SIGPIPE: its own words are the better ones. */
static int feed(const struct tool *t, int fd)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	int r;

	(void)sigaction(SIGPIPE, &ignore, &before);
	r = t->feed(t->ctx, fd);
	(void)sigaction(SIGPIPE, &before, NULL);
	return r;
}

static int run(struct arena *a, const struct tool *t, int said)
{
	int pipe_fd[2] = {-1, -1}, fed = 0, r;
	int in = t->feed ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (t->feed && pipe2(pipe_fd, O_CLOEXEC) == 0)
		in = pipe_fd[0];
	if (in < 0)
		return say_error("cannot start %s: %s", t->argv[0], strerror(errno));
	pid = start(a, t, in, said);
	(void)close(in);
	if (pid > 0 && t->feed)
		fed = feed(t, pipe_fd[1]);
	if (t->feed)
		(void)close(pipe_fd[1]);
	if (pid < 0)
		return -1;
	r = finish(pid, t->argv[0], said);
	return r < 0 ? r : fed;
}

int tool_run(struct arena *a, const struct tool *t)
{
	int said = memfd_create("said", MFD_CLOEXEC);
	int r;

	if (said < 0)
		return say_error("cannot start %s: %s", t->argv[0], strerror(errno));
	r = run(a, t, said);
	(void)close(said);
	return r < 0 ? -1 : 0;
}

static int feed_text(void *ctx, int fd)
{
	const char *text = ctx;
	int r = io_write(fd, text, strlen(text));

	return r < 0 ? say_error("cannot write to a pipe: %s", strerror(-r)) : 0;
}

int tool_run_text(struct arena *a, int64_t date, const char *const argv[], const char *text)
{
	const struct tool t = {.argv = argv, .date = date, .feed = feed_text, .ctx = (void *)text};

	return tool_run(a, &t);
}
