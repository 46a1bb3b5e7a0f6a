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

/* A section as it lies in a program. */
struct pe_part {
	char name[9];
	size_t at, size;
};

/* The i-th of them; 0, -ENOENT: there are no more, -EBADMSG: it is no such program, or is cut. */
int pe_part(const void *data, size_t size, size_t i, struct pe_part *ret);

/* Writes `stub` and the sections to fd.  0, or -1 after say_error(). */
int pe_write(int fd, const void *stub, size_t size, const struct pe_section *s, size_t n);
