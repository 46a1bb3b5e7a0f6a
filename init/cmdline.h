/*
 * The kernel's command line: words between spaces.  LinuxKit's words are taken exactly, as it does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	CMDLINE_MAX = 4096, /* COMMAND_LINE_SIZE of the kernels is 2048, or this */
};

/* Of /proc/cmdline, without the line break. */
const char *cmdline_read(char buf[CMDLINE_MAX]);
bool cmdline_has(const char *line, const char *word);
/*
 * The next word that begins with `key` ("console="): what follows in it up to its end or its first
 * comma.  *at moves on, from the line's beginning; false at its end.  One that does not fit is
 * passed over.
 */
bool cmdline_next(const char **at, const char *key, char *ret, size_t size);
