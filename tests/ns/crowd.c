/*
 * crowd SOCKET N SECONDS: N connections to the control socket, spread over the seconds, all kept
 * until the other end closes them: silent ones, half requests, and one byte a second.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	STEP_MS = 10,
	MOST = 20000,
};

static int fds[MOST];
static struct sockaddr_un to = {.sun_family = AF_UNIX};

static int join(int kind)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	if (fd >= 0 && kind == 1)
		(void)send(fd, "stat", 4, MSG_NOSIGNAL);
	return fd;
}

int main(int argc, char **argv)
{
	struct rlimit many;
	const struct timespec step = {0, STEP_MS * 1000000L};
	int n, steps, made = 0, refused = 0;

	if (argc != 4 || strlen(argv[1]) >= sizeof(to.sun_path))
		return 2;
	strcpy(to.sun_path, argv[1]);
	n = atoi(argv[2]);
	steps = atoi(argv[3]) * 1000 / STEP_MS;
	if (n < 1 || n > MOST || steps < 1 || getrlimit(RLIMIT_NOFILE, &many) < 0)
		return 1;
	many.rlim_cur = many.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &many);
	for (int s = 1; s <= steps; s++) {
		while (made < (long long)n * s / steps) {
			fds[made] = join(made % 3);
			refused += fds[made] < 0;
			made++;
		}
		for (int i = 2; s % (1000 / STEP_MS) == 0 && i < made; i += 3) {
			if (fds[i] >= 0)
				(void)send(fds[i], "s", 1, MSG_NOSIGNAL);
		}
		nanosleep(&step, NULL);
	}
	printf("%d connected, %d found no room\n", made - refused, refused);
	return 0;
}
