#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../lib/text.h"
#include "sys.h"
#include "words.h"

enum {
	DRAIN_TRIES = 100,
	DRAIN_PAUSE_MS = 10,
};

int console_open(struct console *c, const char *path)
{
	*c = (struct console){.fd = -1, .buf = sys_map(CONSOLE_BUF)};
	if (!c->buf)
		return -ENOMEM;
	c->fd = sys_open(path, O_WRONLY | O_NONBLOCK | O_APPEND);
	return c->fd < 0 ? c->fd : 0;
}

static size_t room(const struct console *c)
{
	return CONSOLE_BUF - (c->head - c->tail);
}

static void put(struct console *c, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		c->buf[c->head++ % CONSOLE_BUF] = s[i];
}

/* A service must not move the cursor or change the colours of somebody's terminal. */
static void put_clean(struct console *c, const char *s, size_t n)
{
	while (n) {
		bool shown;
		size_t len = text_character(s, n, &shown);

		put(c, shown ? s : ".", shown ? len : 1);
		s += len;
		n -= len;
	}
}

static void end_line(struct console *c)
{
	if (c->open)
		put(c, "\r\n", 2);
	c->open = NULL;
}

static void say_dropped(struct console *c)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "[console] %llu lines dropped\r\n",
		(unsigned long long)(c->dropped - c->dropped_said));

	if (n < 0 || (size_t)n + 2 > room(c))
		return;
	end_line(c);
	put(c, line, (size_t)n);
	c->dropped_said = c->dropped;
}

static void put_speaker(struct console *c, const char *who)
{
	if (!who)
		return;
	put(c, "[", 1);
	put_clean(c, who, strlen(who));
	put(c, "] ", 2);
}

static void say(struct console *c, const char *who, const char *text, size_t len, bool ends)
{
	static const char nobody[] = "";
	const char *speaker = who ? who : nobody;
	size_t who_len = who ? strlen(who) + 3 : 0;

	if (c->words && who)
		words_line(c->words, who, text, len);
	if (c->fd < 0)
		return;
	if (c->dropped != c->dropped_said)
		say_dropped(c);
	/* 4: the end of the line before, and of this one */
	if (c->dropped != c->dropped_said || who_len + len + 4 > room(c)) {
		c->dropped++;
		return;
	}
	if (ends && len && text[len - 1] == '\r')
		len--; /* of one who ends lines as a terminal wants them */
	if (speaker != c->open) {
		end_line(c);
		put_speaker(c, who);
	}
	put_clean(c, text, len);
	if (ends)
		put(c, "\r\n", 2);
	c->open = ends ? NULL : speaker;
}

void console_line(struct console *c, const char *who, const char *text, size_t len)
{
	say(c, who, text, len, true);
}

void console_part(struct console *c, const char *who, const char *text, size_t len)
{
	if (len)
		say(c, who, text, len, false);
}

bool console_flush(struct console *c)
{
	while (c->fd >= 0 && c->head != c->tail) {
		size_t off = c->tail % CONSOLE_BUF;
		size_t n = c->head - c->tail;
		ssize_t w;

		if (n > CONSOLE_BUF - off)
			n = CONSOLE_BUF - off;
		w = sys_write(c->fd, c->buf + off, n);
		if (w == -EAGAIN || w == -EINTR)
			return true;
		if (w <= 0) {
			/* Unplugged (EIO): the lines are in the rings, the console is given up. */
			sys_close(&c->fd);
			return false;
		}
		c->tail += (size_t)w;
	}
	return false;
}

/* One pause more than the driver's buffer takes: it does not count what is in the device itself. */
void console_await(int fd)
{
	for (int i = 0; sys_unsent(fd) > 0 && i < DRAIN_TRIES; i++)
		sys_sleep_ms(DRAIN_PAUSE_MS);
	sys_sleep_ms(DRAIN_PAUSE_MS);
}

void console_drain(struct console *c)
{
	for (int i = 0; console_flush(c) && i < DRAIN_TRIES; i++)
		sys_sleep_ms(DRAIN_PAUSE_MS);
	if (c->fd >= 0)
		console_await(c->fd);
}
