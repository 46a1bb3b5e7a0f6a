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

static void emit(const struct text *t)
{
	if (!ring)
		return;
	ring_line(ring, sys_now_ms(), RING_SYS, t->buf, t->len);
	console_line(console, "nanny", t->buf, t->len);
}

void log_info(const char *fmt, ...)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));
	va_list ap;

	va_start(ap, fmt);
	text_addv(&t, fmt, ap);
	va_end(ap);
	emit(&t);
}

void log_warn(const char *fmt, ...)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));
	va_list ap;

	text_add(&t, "warning: ");
	va_start(ap, fmt);
	text_addv(&t, fmt, ap);
	va_end(ap);
	emit(&t);
}

int log_errno(int err, const char *fmt, ...)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));
	va_list ap;

	text_add(&t, "error: ");
	va_start(ap, fmt);
	text_addv(&t, fmt, ap);
	va_end(ap);
	text_addf(&t, ": %s", strerror(-err));
	emit(&t);
	return err;
}
