/*
 * Small files of the kernel and of the image, in one read.
 */
#pragma once

#include <stddef.h>

/* The whole of it, ended by NUL; "" when it cannot be had.  Returns buf. */
const char *read_text(const char *path, char *buf, size_t size);
/*
 * Of such a text, the value behind "WORD " at the beginning of a line, the last one when there are
 * several; "" when there is none, or it does not fit.  Returns ret.
 */
const char *read_text_value(const char *text, const char *word, char *ret, size_t size);
