/*
 * Load from inside of the machine's pid namespace:
 *
 *   load kill COUNT NAME N [PROGRAM]
 *                            COUNT times SIGKILL to the process of NAME0 … NAME(N-1), each alive;
 *                            with PROGRAM only when it is that (not a runtime that is about to)
 *   load zombies             the most zombies of process 1 seen at once, till standard input ends
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pid_t process_of(const char *name, int i)
{
	char path[128], buf[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%d/cgroup.procs", name, i);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	(void)!read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	return (pid_t)atoi(buf);
}

static bool is_program(pid_t pid, const char *program)
{
	char path[64], buf[32] = "";
	int fd;

	if (!program)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)!read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	buf[strcspn(buf, "\n")] = '\0';
	return strcmp(buf, program) == 0;
}

static int kill_many(int count, const char *name, int n, const char *program)
{
	static pid_t last[1024]; /* one that is dying is still listed in its group */
	int done = 0, idle = 0;

	srandom(7);
	while (done < count && idle < 200000) {
		int i = (int)(random() % n) % 1024;
		pid_t pid = process_of(name, i);

		if (pid > 1 && pid != last[i] && is_program(pid, program) &&
			kill(pid, SIGKILL) == 0) {
			last[i] = pid;
			done++;
			idle = 0;
		} else {
			idle++;
			(void)usleep(50);
		}
	}
	printf("%d\n", done);
	return done < count;
}

static int count_zombies(void)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		char path[300], buf[128] = "";
		const char *end;
		int fd;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		(void)!read(fd, buf, sizeof(buf) - 1);
		(void)close(fd);
		end = strrchr(buf, ')');
		n += end && strncmp(end, ") Z 1 ", 6) == 0;
	}
	if (d)
		(void)closedir(d);
	return n;
}

static int watch_zombies(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	int most = 0;

	while (poll(&in, 1, 1) == 0) {
		int n = count_zombies();

		most = n > most ? n : most;
	}
	printf("%d\n", most);
	return 0;
}

int main(int argc, char **argv)
{
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "kill") == 0)
		return kill_many(atoi(argv[2]), argv[3], atoi(argv[4]), argv[5]);
	if (argc == 2 && strcmp(argv[1], "zombies") == 0)
		return watch_zombies();
	return 2;
}
