/*
 * Stands in for the runtime where a thousand containers are needed and runc is too slow: create,
 * start and delete with a real process, a control group and a pid file, without namespaces.
 *
 * The process becomes BUNDLE/run; without such a file it does nothing until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *bundle, *pid_file, *id, *verb;

static int failed(const char *what)
{
	fprintf(stderr, "standin: %s: cannot %s: %s\n", id, what, strerror(errno));
	return 1;
}

static const char *gate(void)
{
	static char path[256];

	snprintf(path, sizeof(path), "/run/runc/%s", id);
	return path;
}

static int write_number(const char *path, int flags, int number)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", number);
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
	ssize_t w = fd < 0 ? -1 : write(fd, text, (size_t)n);

	if (fd >= 0)
		close(fd);
	return w == n ? 0 : -1;
}

/* Waits at the gate, a fifo, until `start` opens its other end. */
static void be_container(void)
{
	char path[256];
	int fd = open(gate(), O_RDONLY);

	setsid();
	if (fd < 0 || close(fd) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "%s/run", bundle);
	execl(path, "run", id, (char *)NULL);
	for (;;)
		pause();
}

static int create(void)
{
	char group[256];
	pid_t pid;

	(void)mkdir("/run/runc", 0700);
	if (mkfifo(gate(), 0600) < 0)
		return failed("make the gate");
	snprintf(group, sizeof(group), "/sys/fs/cgroup/%s", id);
	if (mkdir(group, 0755) < 0 && errno != EEXIST)
		return failed("make the control group");
	pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0)
		be_container();
	snprintf(group, sizeof(group), "/sys/fs/cgroup/%s/cgroup.procs", id);
	if (write_number(group, 0, pid) < 0)
		return failed("enter the control group");
	return write_number(pid_file, O_CREAT | O_EXCL, pid) < 0 ? failed("write the pid file") : 0;
}

static int start(void)
{
	int fd = open(gate(), O_WRONLY);

	if (fd < 0)
		return failed("open the gate");
	close(fd);
	return 0;
}

static int delete (void)
{
	char group[256];

	(void)unlink(gate());
	snprintf(group, sizeof(group), "/sys/fs/cgroup/%s", id);
	(void)rmdir(group);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} verbs[] = {{"create", create}, {"start", start}, {"delete", delete}};

	/* --root FOLDER VERB [--bundle B --pid-file P | --force] ID */
	if (argc < 5)
		return 2;
	verb = argv[3];
	id = argv[argc - 1];
	if (argc == 9) {
		bundle = argv[5];
		pid_file = argv[7];
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].run();
	}
	return 2;
}
