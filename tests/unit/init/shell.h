/* What a test has other programs make: an image, a folder. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A line for the shell, which succeeds. */
static inline void run(const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	assert_int_equal(system(line), 0);
}
