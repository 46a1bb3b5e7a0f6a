#include "log.h"

#include <errno.h>
#include <string.h>

#include "../lib/text.h"
#include "sys.h"

static struct ring *ring;
static struct console *console;

void log_open(struct ring *r, struct console *c)
{
	ring = r;
	console = c;
}

/* "PREFIXtext", and ": reason" when err is a negative errno. */
static void say(const char *prefix, int err, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void say(const char *prefix, int err, const char *fmt, va_list ap)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, prefix);
	text_addv(&t, fmt, ap);
	if (err < 0)
		text_addf(&t, ": %s", strerror(-err));
	if (!ring)
		return;
	ring_line(ring, sys_now_ms(), RING_SYS, t.buf, t.len);
	console_line(console, "nanny", t.buf, t.len);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", 0, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", 0, fmt, ap);
	va_end(ap);
}

int log_errno(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("error: ", err, fmt, ap);
	va_end(ap);
	return err;
}
