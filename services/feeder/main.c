/*
 * A goat feeder with a web page.  PORT (80), FEEDER_DIR (/var/lib/feeder) and FEEDER_REST (seconds
 * between portions) in the environment.  Exits 0 on SIGTERM and SIGINT, 1 when it cannot work.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "http.h"

#define DEFAULT_DIR "/var/lib/feeder"

/* -1, said, when the variable is no number between min and max. */
static int env_number(const char *name, int fallback, int min, int max)
{
	const char *text = getenv(name);
	char *end;
	long n;

	if (!text || !*text)
		return fallback;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || *end || n < min || n > max) {
		(void)fprintf(stderr, "feeder: %s=%s: not a number from %d to %d\n", name, text,
			min, max);
		return -1;
	}
	return (int)n;
}

static void on_stop(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	(void)event_base_loopexit(base, NULL);
}

static int serve(struct event_base *base, struct station *station, uint16_t port)
{
	struct event *term = evsignal_new(base, SIGTERM, on_stop, base);
	struct event *interrupt = evsignal_new(base, SIGINT, on_stop, base);
	struct http *http = NULL;
	int r = -1;

	if (term && interrupt && event_add(term, NULL) == 0 && event_add(interrupt, NULL) == 0)
		http = http_new(base, station, port);
	if (http) {
		(void)printf("feeder: listening on port %u\n", port);
		r = event_base_dispatch(base);
		(void)printf("feeder: stopped\n");
	}
	http_free(http);
	if (term)
		event_free(term);
	if (interrupt)
		event_free(interrupt);
	return r < 0 ? -1 : 0;
}

int main(void)
{
	const char *dir = getenv("FEEDER_DIR");
	int port = env_number("PORT", 80, 1, UINT16_MAX);
	int rest_s = env_number("FEEDER_REST", FEEDER_REST_S, 0, 86400);
	struct event_base *base;
	struct station station;
	int r = -1;

	/* A line is a log entry: it leaves at once, and a reader that is gone is no reason to die.
	 */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	if (port < 0 || rest_s < 0 || station_open(&station, dir ? dir : DEFAULT_DIR, rest_s) < 0)
		return 1;

	base = event_base_new();
	if (base) {
		r = serve(base, &station, (uint16_t)port);
		event_base_free(base);
	}
	station_close(&station);
	return r < 0 ? 1 : 0;
}
