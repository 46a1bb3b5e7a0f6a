#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../lib/text.h"
#include "sys.h"

int console_open(struct console *c, const char *path)
{
	*c = (struct console){.fd = -1, .buf = sys_map(CONSOLE_BUF)};
	if (!c->buf)
		return -ENOMEM;
	c->fd = sys_open(path, O_WRONLY | O_NONBLOCK);
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

/* A character that only shows itself: no control of ASCII's, nor of those from U+0080 to U+009F. */
static bool harmless(const char *s, size_t len)
{
	unsigned char first = (unsigned char)s[0];

	if (len > 1)
		return first != 0xc2 || (unsigned char)s[1] >= 0xa0;
	return len == 1 && (first == '\t' || (first >= 0x20 && first != 0x7f));
}

/* A service must not move the cursor or change the colours of somebody's terminal. */
static void put_clean(struct console *c, const char *s, size_t n)
{
	while (n) {
		size_t len = text_utf8_length(s, n);

		if (harmless(s, len))
			put(c, s, len);
		else
			put(c, ".", 1);
		len = len ? len : 1;
		s += len;
		n -= len;
	}
}

static void say_dropped(struct console *c)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "[console] %llu lines dropped\r\n",
		(unsigned long long)(c->dropped - c->dropped_said));

	if (n < 0 || (size_t)n > room(c))
		return;
	put(c, line, (size_t)n);
	c->dropped_said = c->dropped;
}

void console_line(struct console *c, const char *who, const char *text, size_t len)
{
	size_t who_len = who ? strlen(who) + 3 : 0;

	if (c->fd < 0)
		return;
	if (c->dropped != c->dropped_said)
		say_dropped(c);
	if (c->dropped != c->dropped_said || who_len + len + 2 > room(c)) {
		c->dropped++;
		return;
	}
	if (len && text[len - 1] == '\r')
		len--; /* of one who ends lines as a terminal wants them */
	if (who) {
		put(c, "[", 1);
		put_clean(c, who, who_len - 3);
		put(c, "] ", 2);
	}
	put_clean(c, text, len);
	put(c, "\r\n", 2);
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
