/*
 * Memory for what lives as long as one command: parsed files, strings, lists.
 * Allocation never returns NULL: out of memory ends the tool with exit status 1.
 * Everything is freed at once by arena_free(); nothing is freed one by one.
 */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any object */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
