/*
 * ask SOCKET SECONDS: asks for the status ten times a second, a new connection each, and prints how
 * long the answers took, in µs, beside the machine's own noise: by how much a sleep of 1 ms
 * overslept meanwhile.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "control.h"

enum {
	MOST = 2000,
	SLEEPS = 80, /* between two questions */
};

static const char *path;

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
	int fd = control_open(path, "status\n");

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return strstr(control_answer(fd, buf, sizeof(buf)), "\"ok\":true") != NULL;
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

	if (argc != 3)
		return 2;
	path = argv[1];
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
