#include "stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "diag.h"
#include "sha256.h"

struct stamp {
	struct arena *arena;
	const char *path; /* in the cache */
	struct input {
		const char *path;
		struct input *next; /* stamp::inputs */
	} * inputs;
};

struct stamp *stamp_new(struct arena *a, const char *key)
{
	struct stamp *s = arena_alloc(a, sizeof(*s));
	uint8_t sum[32];
	char hex[65];

	sha256_of(key, strlen(key), sum);
	sha256_hex(sum, hex);
	s->arena = a;
	s->path = cache_path(a, "stamp", hex);
	return s;
}

void stamp_input(struct stamp *s, const char *path)
{
	struct input *in;
	char *real;

	if (!s)
		return;
	for (in = s->inputs; in; in = in->next)
		if (strcmp(in->path, path) == 0)
			return;
	/* Absolute: the next build may be started elsewhere. */
	real = path[0] == '/' ? NULL : realpath(".", NULL);
	in = arena_alloc(s->arena, sizeof(*in));
	in->path =
		real ? arena_printf(s->arena, "%s/%s", real, path) : arena_strdup(s->arena, path);
	in->next = s->inputs;
	s->inputs = in;
	free(real);
}

/* What has no content of its own, and gives what it has only once. */
static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* "-" for a file that is not there, "?" for a pipe: it is left for who needs it. */
static void describe_input(const char *path, char ret[65])
{
	uint8_t sum[32];

	if (is_stream(path))
		(void)snprintf(ret, 65, "?");
	else if (sha256_file(path, sum) < 0)
		(void)snprintf(ret, 65, "-");
	else
		sha256_hex(sum, ret);
}

static void describe_output(const char *path, char ret[65])
{
	struct stat st;

	if (stat(path, &st) < 0)
		(void)snprintf(ret, 65, "-");
	else
		(void)snprintf(ret, 65, "%jd.%jd.%09ld", (intmax_t)st.st_size,
			(intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* A line is "in|out STATE PATH". */
static bool is_line_true(char *line)
{
	char *state = strchr(line, ' ');
	char *path = state ? strchr(state + 1, ' ') : NULL;
	char now[65];

	if (!path)
		return false;
	*state++ = *path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(line, "in") == 0)
		describe_input(path, now);
	else
		describe_output(path, now);
	return strcmp(now, state) == 0 && strcmp(now, "?") != 0 &&
	       (strcmp(line, "in") == 0 || strcmp(now, "-") != 0);
}

bool stamp_is_fresh(struct stamp *s)
{
	char line[PATH_MAX + 80];
	bool is_fresh = true;
	int n = 0;
	FILE *f;

	f = s->path && cache_has(s->path) ? fopen(s->path, "re") : NULL;
	if (!f)
		return false;
	while (is_fresh && fgets(line, sizeof(line), f)) {
		is_fresh = is_line_true(line);
		n++;
	}
	(void)fclose(f);
	return is_fresh && n > 0;
}

static void print_lines(struct stamp *s, FILE *f, const char *const outputs[], size_t n_outputs)
{
	char state[65];

	for (const struct input *in = s->inputs; in; in = in->next) {
		describe_input(in->path, state);
		(void)fprintf(f, "in %s %s\n", state, in->path);
	}
	for (size_t i = 0; i < n_outputs; i++) {
		describe_output(outputs[i], state);
		(void)fprintf(f, "out %s %s\n", state, outputs[i]);
	}
}

int stamp_save(struct stamp *s, const char *const outputs[], size_t n_outputs)
{
	char *tmp;
	FILE *f;
	int fd;

	if (!s->path)
		return -1;
	fd = cache_begin(s->arena, s->path, &tmp);
	if (fd < 0)
		return -1;
	f = fdopen(dup(fd), "we");
	if (!f) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", tmp, strerror(errno));
	}
	print_lines(s, f, outputs, n_outputs);
	if (fclose(f) != 0) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", tmp, strerror(errno));
	}
	return cache_commit_summed(s->arena, fd, tmp, s->path) < 0 ? -1 : 0;
}
