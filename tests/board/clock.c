/*
 * clock SECONDS: turns the machine's wall clock back and forth meanwhile, by a second 100 times a
 * second and by ten years every second, and compares the delays that PID 1 announces ("restarts in
 * 200 ms") with what it then does, by its own events.  Needs the control socket and CAP_SYS_TIME.
 *
 * Prints "T turns of the clock, N delays, at worst M ms late".
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../ns/control.h"

enum {
	NAMES = 8,
	TEN_YEARS = 3652 * 86400,
};

struct lines {
	int fd;
	size_t len;
	char buf[8192];
};

/* A service that waits for its restart. */
static struct due {
	char name[32];
	long long at; /* 0: it does not wait */
} due[NAMES];
static int delays;
static long long worst;

static struct due *due_of(const char *name, size_t len)
{
	for (int i = 0; i < NAMES; i++) {
		if (!due[i].name[0])
			snprintf(due[i].name, sizeof(due[i].name), "%.*s", (int)len, name);
		if (strlen(due[i].name) == len && memcmp(due[i].name, name, len) == 0)
			return &due[i];
	}
	return NULL;
}

/* {"time_ms":1234,…"text":"warning: s: exit status 0; restarts in 200 ms"} */
static void announced(const char *line)
{
	const char *in = strstr(line, "; restarts in "),
		   *name = strstr(line, "\"text\":\"warning: ");
	struct due *d;

	if (!in || !name)
		return;
	name += strlen("\"text\":\"warning: ");
	d = due_of(name, strcspn(name, ":"));
	if (d)
		d->at = atoll(strchr(line, ':') + 1) + atoll(in + strlen("; restarts in "));
}

/* {"time_ms":1434,"name":"s","from":"backoff",…} */
static void happened(const char *line)
{
	const char *name = strstr(line, "\"name\":\"");
	struct due *d;
	long long late;

	if (!name || !strstr(line, "\"from\":\"backoff\""))
		return;
	name += strlen("\"name\":\"");
	d = due_of(name, strcspn(name, "\""));
	if (!d || !d->at)
		return;
	late = atoll(strchr(line, ':') + 1) - d->at;
	late = late < 0 ? -late : late;
	worst = late > worst ? late : worst;
	d->at = 0;
	delays++;
}

static void take(struct lines *l, void (*each)(const char *))
{
	ssize_t n;

	while ((n = recv(l->fd, l->buf + l->len, sizeof(l->buf) - 1 - l->len, MSG_DONTWAIT)) > 0) {
		char *line = l->buf, *end;

		l->len += (size_t)n;
		l->buf[l->len] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			each(line);
		}
		l->len -= (size_t)(line - l->buf);
		memmove(l->buf, line, l->len);
	}
}

static long long mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int turn_clock(long by)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += by;
	return clock_settime(CLOCK_REALTIME, &ts);
}

int main(int argc, char **argv)
{
	static struct lines log, events;
	const struct timespec tick = {0, 10000000};
	long long end = mono_ms() + (argc == 2 ? atoll(argv[1]) : 10) * 1000;
	int turns = 0;

	log.fd = control_open("/run/nanny/ctl.sock", "logs init 0 follow\n");
	events.fd = control_open("/run/nanny/ctl.sock", "events 0 follow\n");
	if (log.fd < 0 || events.fd < 0) {
		printf("no control socket: %s\n", strerror(errno));
		return 1;
	}
	for (; mono_ms() < end; turns++) {
		/* There and back; the years first forward, then backward. */
		long way = (turns & 1) ^ (turns / 100 & 1) ? -1 : 1;
		long by = way * (turns % 100 < 2 ? TEN_YEARS : 1);

		if (turn_clock(by) < 0) {
			printf("cannot set the clock: %s\n", strerror(errno));
			return 1;
		}
		nanosleep(&tick, NULL);
		take(&log, announced);
		take(&events, happened);
	}
	printf("%d turns of the clock, %d delays, at worst %lld ms late\n", turns, delays, worst);
	return 0;
}
