/*
 * A program whose output is a machine's console: shown, kept in a file, and watched for a text. The
 * program is ended when the text was seen, when time is up, and when we are asked to end.
 */
#pragma once

struct console_wait {
	const char *text; /* may span several reads */
	int timeout_ms;
	const char *log; /* a file for all of the output; NULL: none */
};

/* 0 when the text was seen; -1 after say_error() when not. */
int console_run(const char *const argv[], const struct console_wait *w);
