/*
 * The machine's console, written without ever waiting for it: a serial line with flow control, a
 * pulled USB cable or a screen lock may stop it for good.  What does not fit in the buffer is
 * dropped by whole lines and counted; the count is printed when there is room again.  Owns the fd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONSOLE_BUF = 32768,
};

struct words;

struct console {
	int fd; /* -1: there is none */
	char *buf;
	size_t head, tail; /* bytes ever put in and taken out */
	uint64_t dropped, dropped_said;
	const char *open;    /* whose line has no end yet; NULL: nobody's */
	struct words *words; /* also get every line; NULL: nobody does */
};

/* -errno when there is no console; everything else works all the same. */
int console_open(struct console *c, const char *path);
/* "[who] text\n"; without the brackets when who is NULL. */
void console_line(struct console *c, const char *who, const char *text, size_t len);
/*
 * The beginning of a line.  What the same speaker (by address) says next goes on in it; when
 * another speaks first, it ends there.
 */
void console_part(struct console *c, const char *who, const char *text, size_t len);
/* Writes what the device takes now.  True when bytes are left: wait for EPOLLOUT. */
bool console_flush(struct console *c);
/*
 * Waits until it is written and the device has sent it, for a second at most: a driver's buffer is
 * lost when the kernel panics, restarts or ends.  Not for the loop.
 */
void console_drain(struct console *c);
/* The same for the driver of a terminal alone. */
void console_await(int fd);
