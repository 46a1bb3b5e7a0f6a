/*
 * Heap for what does not live as long as the command.  Like the arena: never NULL, out of memory
 * ends the tool with exit status 1.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *mem_must(void *p)
{
	if (!p) {
		fputs("nanny: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static inline void *mem_new(size_t size)
{
	return mem_must(calloc(1, size ? size : 1));
}

static inline void *mem_grow(void *p, size_t n, size_t size)
{
	return mem_must(reallocarray(p, n ? n : 1, size));
}

static inline void *mem_dup(const void *data, size_t size)
{
	void *p = mem_new(size);

	if (size)
		memcpy(p, data, size);
	return p;
}
