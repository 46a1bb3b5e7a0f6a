/*
 * Log files that are rotated: NAME.log, and when it is full NAME.log.0, which was NAME.log.1
 * before. They stay open; there are as many as there are sources.
 */
#pragma once

#include <stddef.h>

struct log_files {
	const char *dir;
	size_t size_most; /* bytes; a file is rotated when a line has made it as long */
	int old_most;     /* .0 to .(old_most - 1) */
	struct log_file *list;
};

/*
 * Appends a line ("\n" included) to the source's file.  0, or -errno of what failed first since the
 * last success: a full disk is told once, not at every line.
 */
int log_files_add(struct log_files *all, const char *source, const char *line, size_t len);
