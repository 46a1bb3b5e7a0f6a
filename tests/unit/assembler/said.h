/*
 * What a test of the front of the host tool needs: a folder for its files, and what was said.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../assembler/arena.h"
#include "../../../assembler/diag.h"

struct desk {
	char dir[32];
	struct arena *a;
	struct diag *d;
	char *said; /* the last text of desk_said() */
};

static inline int desk_open(void **state)
{
	struct desk *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/nanny-test.XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	t->a = arena_new();
	t->d = diag_new();
	*state = t;
	return 0;
}

static inline int desk_close(void **state)
{
	struct desk *t = *state;
	char *argv[] = {"rm", "-rf", t->dir, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(1);
	}
	diag_free(t->d);
	arena_free(t->a);
	free(t->said);
	free(t);
	return 0;
}

static inline void desk_again(struct desk *t)
{
	diag_free(t->d);
	t->d = diag_new();
}

static inline const char *desk_path(struct desk *t, const char *name)
{
	return arena_printf(t->a, "%s/%s", t->dir, name);
}

/* Folders on the way are made. */
static inline const char *desk_file_n(
	struct desk *t, const char *name, const char *text, size_t len)
{
	const char *path = desk_path(t, name);
	FILE *f;

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/'))
		(void)mkdir(arena_printf(t->a, "%s/%.*s", t->dir, (int)(p - name), name), 0755);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static inline const char *desk_file(struct desk *t, const char *name, const char *text)
{
	return desk_file_n(t, name, text, strlen(text));
}

/* What print writes to the descriptor. */
static inline char *desk_caught(int fd, void (*print)(const struct diag *d), const struct diag *d)
{
	int saved = dup(fd), memory = memfd_create("said", MFD_CLOEXEC);
	FILE *stream = fd == STDOUT_FILENO ? stdout : stderr;
	char *text;
	off_t len;

	assert_true(saved >= 0 && memory >= 0);
	(void)fflush(stream);
	assert_int_equal(dup2(memory, fd), fd);
	print(d);
	(void)fflush(stream);
	assert_int_equal(dup2(saved, fd), fd);
	len = lseek(memory, 0, SEEK_END);
	text = calloc(1, (size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(pread(memory, text, (size_t)len, 0), len);
	(void)close(saved);
	(void)close(memory);
	return text;
}

/* All messages, as a user sees them, without the test's folder. */
static inline const char *desk_said(struct desk *t)
{
	size_t skip = strlen(t->dir) + 1;
	char *p;

	free(t->said);
	t->said = desk_caught(STDERR_FILENO, diag_print, t->d);
	while ((p = strstr(t->said, t->dir)))
		memmove(p, p + skip, strlen(p + skip) + 1);
	return t->said;
}

static inline void assert_said(struct desk *t, const char *want)
{
	const char *said = desk_said(t);

	if (!strstr(said, want))
		fail_msg("wanted:\n%s\nbut it said:\n%s", want, said);
}

static inline void assert_silent(struct desk *t)
{
	const char *said = desk_said(t);

	if (said[0])
		fail_msg("it should be silent but said:\n%s", said);
}
