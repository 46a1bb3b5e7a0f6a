/*
 * Sections added to a PE file: a kernel, its initrd and its command line behind systemd's stub are
 * a unified kernel image (UAPI group specification 5), which firmware starts as one program.
 *
 * Microsoft's PE format, section 3 (headers) and 4 (section table); 64-bit images only.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct pe_section {
	const char *name; /* at most 8 characters */
	const char *path; /* the file with its content; NULL: `text` is it */
	const char *text;
};

/* Writes `stub` and the sections to fd.  0, or -1 after say_error(). */
int pe_write(int fd, const void *stub, size_t size, const struct pe_section *s, size_t n);
