/*
 * reuse COUNT NAME N: COUNT stops and starts of the services NAME0 … NAME(N-1), while processes
 * come and go all the time and take over the numbers of those that ended. Each of these sentinels
 * ends by itself: one that ends by a signal has got what was meant for a service.
 *
 * Prints "stops S sentinels M reused R struck K": R of the M had a number that a service had had.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control.h"

enum {
	LANES = 4, /* requests at once */
	ALIVE = 24,
	NUMBERS = 1 << 16,
};

static struct shared {
	volatile char was_service[NUMBERS];
	volatile int stops[LANES];
} * shared;

static void pause_ms(long ms, long us)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000 + us * 1000};

	nanosleep(&ts, NULL);
}

static void note_processes(const char *service)
{
	char path[128], buf[256] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cgroup.procs", service);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	for (char *p = strtok(buf, "\n"); p; p = strtok(NULL, "\n"))
		shared->was_service[(unsigned)atoi(p) % NUMBERS] = 1;
}

/* It has been done when PID 1 says so. */
static int request(const char *verb, const char *service)
{
	char buf[512];

	snprintf(buf, sizeof(buf), "%s %s\n", verb, service);
	return strstr(control_answer(control_open("/run/nanny/ctl.sock", buf), buf, sizeof(buf)),
		       "\"ok\":true") != NULL;
}

static _Noreturn void stop_and_start(int lane, int count, const char *name, int services)
{
	srandom((unsigned)lane + 1);
	for (int tries = 0; shared->stops[lane] < count && tries < 4 * count; tries++) {
		char service[64];
		int of_lane = services / LANES;

		snprintf(service, sizeof(service), "%s%d", name,
			lane * of_lane + (int)(random() % of_lane));
		(void)request("start", service);
		note_processes(service);
		if (request("stop", service))
			shared->stops[lane]++;
	}
	_exit(0);
}

static _Noreturn void sentinel(void)
{
	srandom((unsigned)getpid() ^ (unsigned)time(NULL));
	pause_ms(random() % 8, random() % 1000);
	_exit(0);
}

int main(int argc, char **argv)
{
	int sentinels = 0, reused = 0, struck = 0, alive = 0, lanes = LANES, stops = 0;
	pid_t lane[LANES];

	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc != 4 || shared == MAP_FAILED)
		return 2;
	for (int i = 0; i < LANES; i++) {
		lane[i] = fork();
		if (lane[i] == 0)
			stop_and_start(i, atoi(argv[1]) / LANES, argv[2], atoi(argv[3]));
	}
	while (lanes > 0 || alive > 0) {
		int status, is_lane = 0;
		pid_t child = lanes > 0 && alive < ALIVE ? fork() : -1;

		if (child == 0)
			sentinel();
		if (child > 0) {
			alive++;
			sentinels++;
			reused += shared->was_service[child % NUMBERS];
			if (alive < ALIVE)
				continue;
		}
		child = wait(&status);
		if (child < 0)
			return 1;
		for (int i = 0; i < LANES; i++)
			is_lane |= lane[i] == child;
		lanes -= is_lane;
		alive -= !is_lane;
		struck += WIFSIGNALED(status);
	}
	for (int i = 0; i < LANES; i++)
		stops += shared->stops[i];
	printf("stops %d sentinels %d reused %d struck %d\n", stops, sentinels, reused, struck);
	return 0;
}
