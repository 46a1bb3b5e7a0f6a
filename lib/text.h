/*
 * Text into a buffer of fixed size.  What does not fit is cut off and remembered in `cut`; the
 * result always ends with NUL.  No heap, no locale.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buf; /* the caller's */
	size_t size, len;
	bool cut;
};

struct text text_in(char *buf, size_t size); /* size >= 1 */
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/*
 * A JSON string with its quotes (RFC 8259 §7): control characters, quote and backslash escaped;
 * bytes that are no UTF-8 become U+FFFD, so that the line stays valid JSON whatever a service
 * prints.
 */
void text_add_json(struct text *t, const char *s, size_t n);

/* The length of the UTF-8 sequence (RFC 3629 §4) at s, which has n >= 1 bytes; 0: it is none. */
size_t text_utf8_length(const char *s, size_t n);

/*
 * The next character for somebody's terminal, at s, which has n >= 1 bytes: its length, 1 and more.
 * `shown`: it only shows itself.  False for a byte that is no UTF-8 and for the controls (ASCII's
 * but tab, and U+0080 to U+009F), which move the cursor, change colours or make a terminal answer.
 */
size_t text_character(const char *s, size_t n, bool *shown);

/* For people, in the largest unit that fits, cut off: "850 ms", "12 s", "3 min", "2 h", "9 d". */
const char *text_duration(int64_t ms, char *buf, size_t size);
/* The same in the largest unit that loses nothing: "1500 ms", "90 s", "2 min". */
const char *text_exact(int64_t ms, char *buf, size_t size);

/* A whole decimal number in [min, max]; false for anything else, ret untouched. */
bool text_number(const char *s, int64_t min, int64_t max, int64_t *ret);
