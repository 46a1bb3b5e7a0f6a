#include "text.h"

#include <stdio.h>
#include <string.h>

struct text text_in(char *buf, size_t size)
{
	buf[0] = '\0';
	return (struct text){.buf = buf, .size = size};
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	size_t room = t->size - 1 - t->len;

	if (n > room) {
		t->cut = true;
		n = room;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_addv(struct text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->buf + t->len, room, fmt, ap);

	if (n < 0)
		return;
	if ((size_t)n >= room) {
		t->cut = true;
		n = (int)room - 1;
	}
	t->len += (size_t)n;
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_addv(t, fmt, ap);
	va_end(ap);
}

size_t text_utf8_length(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	static const struct {
		unsigned char first_min, first_max, second_min, second_max, length;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first_min || s[0] > forms[i].first_max)
			continue;
		if (forms[i].length > n)
			return 0;
		if (forms[i].length > 1 &&
			(s[1] < forms[i].second_min || s[1] > forms[i].second_max))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

size_t text_character(const char *text, size_t n, bool *shown)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = text_utf8_length(text, n);

	if (len > 1)
		*shown = s[0] != 0xc2 || s[1] >= 0xa0;
	else
		*shown = len == 1 && (s[0] == '\t' || (s[0] >= 0x20 && s[0] != 0x7f));
	return len ? len : 1;
}

static void add_escaped(struct text *t, unsigned char c)
{
	switch (c) {
	case '"':
		text_add(t, "\\\"");
		break;
	case '\\':
		text_add(t, "\\\\");
		break;
	case '\n':
		text_add(t, "\\n");
		break;
	case '\t':
		text_add(t, "\\t");
		break;
	default:
		text_addf(t, "\\u%04x", c);
	}
}

void text_add_json(struct text *t, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	text_add_n(t, "\"", 1);
	while (n) {
		size_t len = text_utf8_length((const char *)p, n);

		if (!len) {
			text_add(t, "\\ufffd");
			len = 1;
		} else if (p[0] < 0x20 || p[0] == '"' || p[0] == '\\' || p[0] == 0x7f) {
			add_escaped(t, p[0]);
		} else {
			text_add_n(t, (const char *)p, len);
		}
		p += len;
		n -= len;
	}
	text_add_n(t, "\"", 1);
}

static const struct {
	int64_t ms;
	const char *name;
} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};

#define SMALLEST (sizeof(units) / sizeof(units[0]) - 1)

static const char *in_unit(int64_t ms, size_t i, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%lld %s", (long long)(ms / units[i].ms), units[i].name);
	return buf;
}

const char *text_duration(int64_t ms, char *buf, size_t size)
{
	size_t i = 0;

	while (i < SMALLEST && ms < units[i].ms)
		i++;
	return in_unit(ms, i, buf, size);
}

const char *text_exact(int64_t ms, char *buf, size_t size)
{
	size_t i = 0;

	while (i < SMALLEST && (ms < units[i].ms || ms % units[i].ms))
		i++;
	return in_unit(ms, i, buf, size);
}

bool text_number(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = *s == '-';
	int64_t v = 0;

	s += negative;
	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (*s - '0');
	}
	if (negative)
		v = -v;
	if (v < min || v > max)
		return false;
	*ret = v;
	return true;
}
