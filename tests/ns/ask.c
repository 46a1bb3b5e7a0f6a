/*
 * ask SOCKET SECONDS: asks for the status ten times a second, a new connection each, and prints how
 * long the answers took, in µs, beside the machine's own noise: by how much a sleep of 1 ms
 * overslept meanwhile.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST = 2000,
	SLEEPS = 80, /* between two questions */
};

static struct sockaddr_un to = {.sun_family = AF_UNIX};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int answered(void)
{
	static char buf[65536];
	struct timeval limit = {5, 0};
	size_t got = 0;
	ssize_t n = -1;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return 0;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		send(fd, "status\n", 7, MSG_NOSIGNAL) == 7) {
		while (got < sizeof(buf) - 1 &&
			(n = read(fd, buf + got, sizeof(buf) - 1 - got)) > 0)
			got += (size_t)n;
	}
	close(fd);
	buf[got] = '\0';
	return strstr(buf, "\"ok\":true") != NULL;
}

static int64_t overslept(void)
{
	const struct timespec ms = {0, 1000000};
	int64_t t = now_us();

	nanosleep(&ms, NULL);
	return now_us() - t - 1000;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void tell(const char *what, int64_t *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	if (n)
		printf("%s n %d p50 %lld p99 %lld max %lld\n", what, n, (long long)v[n / 2],
			(long long)v[(n - 1) * 99 / 100], (long long)v[n - 1]);
}

int main(int argc, char **argv)
{
	static int64_t answer[MOST], noise[MOST * SLEEPS];
	int n = 0, noises = 0, failed = 0;
	int64_t end;

	if (argc != 3 || strlen(argv[1]) >= sizeof(to.sun_path))
		return 2;
	strcpy(to.sun_path, argv[1]);
	end = now_us() + atoi(argv[2]) * 1000000LL;
	while (n + failed < MOST && now_us() < end) {
		int64_t t = now_us();

		if (answered())
			answer[n++] = now_us() - t;
		else
			failed++;
		for (int i = 0; i < SLEEPS; i++)
			noise[noises++] = overslept();
	}
	tell("answer", answer, n);
	tell("noise", noise, noises);
	printf("failed %d\n", failed);
	return 0;
}
