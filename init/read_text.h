/*
 * Small files of the kernel and of the image, in one read.
 */
#pragma once

#include <stddef.h>

/* The whole of it, ended by NUL; "" when it cannot be had.  Returns buf. */
const char *read_text(const char *path, char *buf, size_t size);
