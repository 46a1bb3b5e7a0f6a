/*
 * Other programs: posix_spawnp with an argument vector, never a shell.
 */
#pragma once

#include <stddef.h>

#include "arena.h"

/* Exit status 0…255, 128 + signal, or -1 after say_error() when it could not be started. */
int proc_run(const char *const argv[]);
/* The same with its stdout caught (ret_out, NUL-terminated, in the arena). */
int proc_capture(struct arena *a, const char *const argv[], char **ret_out, size_t *ret_len);

/* Both of its streams caught, in the arena, NUL-terminated. */
struct proc_said {
	char *out, *err;
	size_t out_len;
};
int proc_listen(struct arena *a, const char *const argv[], struct proc_said *ret);
