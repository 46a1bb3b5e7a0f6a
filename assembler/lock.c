#include "lock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FIELDS = 8,
};

struct reader {
	struct arena *a;
	struct diag *d;
	struct lock *lock;
	size_t room;
	int line;
};

static struct mark here(const struct reader *r, const char *line, const char *word)
{
	return (struct mark){r->lock->file, r->line, (int)(word - line) + 1};
}

static int is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static void check_entry(struct reader *r, const char *line, char *const words[FIELDS])
{
	if (!is_hex(words[5], 64))
		diag_error(r->d, here(r, line, words[5]), "\"%s\" is no sha256 (64 digits 0-9 a-f)",
			words[5]);
	if (!*words[4] || strspn(words[4], "0123456789") != strlen(words[4]) ||
		strlen(words[4]) > 15)
		diag_error(r->d, here(r, line, words[4]), "\"%s\" is no size in bytes", words[4]);
	if (words[7][0] == '/' || strstr(words[7], ".."))
		diag_error(r->d, here(r, line, words[7]),
			"\"%s\" must be a path below the mirror's base", words[7]);
}

static void add_entry(struct reader *r, const char *line, char *const words[FIELDS])
{
	struct lock *l = r->lock;

	if (l->n == r->room) {
		struct lock_entry *more;

		r->room = r->room ? 2 * r->room : 64;
		more = arena_alloc(r->a, r->room * sizeof(*more));
		if (l->n)
			memcpy(more, l->entry, l->n * sizeof(*more));
		l->entry = more;
	}
	l->entry[l->n++] = (struct lock_entry){
		.name = words[0],
		.arch = words[1],
		.suite = words[2],
		.version = words[3],
		.size = strtoll(words[4], NULL, 10),
		.sha256 = words[5],
		.archive = words[6],
		.path = words[7],
		.at = here(r, line, words[0]),
	};
}

/* "# date 2026-11-24": the day of the last refresh, UTC. */
static void read_comment(struct reader *r, const char *line)
{
	struct tm day = {0};

	if (strncmp(line, "# date ", 7) != 0)
		return;
	if (!strptime(line + 7, "%Y-%m-%d", &day)) {
		diag_error(r->d, here(r, line, line + 7), "the date must be written YYYY-MM-DD");
		return;
	}
	r->lock->date = timegm(&day);
}

static void read_line(struct reader *r, const char *text)
{
	char *copy = arena_strdup(r->a, text), *save = NULL;
	char *words[FIELDS] = {0}, *word;
	size_t n = 0;

	if (text[0] == '#' || !text[strspn(text, " \t")]) {
		read_comment(r, text);
		return;
	}
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (n < FIELDS)
			words[n] = word;
		n++;
	}
	if (n != FIELDS) {
		diag_error(r->d, here(r, text, text),
			"%zu words where there must be 8: "
			"NAME ARCH SUITE VERSION SIZE SHA256 ARCHIVE PATH",
			n);
		return;
	}
	check_entry(r, copy, words);
	add_entry(r, copy, words);
}

struct lock *lock_load(struct arena *a, struct diag *d, const char *path)
{
	struct lock *lock = arena_alloc(a, sizeof(*lock));
	struct reader r = {.a = a, .d = d, .lock = lock};
	int errors = diag_count(d);
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	lock->file = arena_strdup(a, path);
	if (!f) {
		diag_error(d, (struct mark){.file = lock->file}, "cannot read it: %s",
			strerror(errno));
		return NULL;
	}
	while (getline(&line, &size, f) > 0) {
		r.line++;
		line[strcspn(line, "\n")] = '\0';
		read_line(&r, line);
	}
	if (ferror(f))
		diag_error(d, (struct mark){.file = lock->file}, "cannot read it: %s",
			strerror(errno));
	free(line);
	(void)fclose(f);
	return diag_count(d) == errors ? lock : NULL;
}

static bool is_wanted(
	const struct lock_entry *e, const char *name, const char *arch, const char *suite)
{
	return strcmp(e->name, name) == 0 &&
	       (strcmp(e->arch, arch) == 0 || strcmp(e->arch, "all") == 0) &&
	       (!suite || strcmp(e->suite, suite) == 0);
}

const struct lock_entry *lock_next(const struct lock *l, const struct lock_entry *last,
	const char *name, const char *arch, const char *suite)
{
	size_t i = last ? (size_t)(last - l->entry) + 1 : 0;

	if (last)
		suite = last->suite;
	for (; i < l->n; i++)
		if (is_wanted(&l->entry[i], name, arch, suite))
			return &l->entry[i];
	return NULL;
}

const struct lock_entry *lock_find(const struct lock *l, const char *name, const char *arch)
{
	return lock_next(l, NULL, name, arch, NULL);
}

const char *lock_package_name(struct arena *a, const struct lock_entry *e)
{
	const char *slash = strrchr(e->path, '/'), *file = slash ? slash + 1 : e->path;
	char *name = arena_strdup(a, strchr(file, '_') ? file : e->name), *to = name;

	name[strcspn(name, "_")] = '\0';
	for (const char *p = name; *p; p++) {
		unsigned c;

		if (*p == '%' && sscanf(p + 1, "%2x", &c) == 1) {
			*to++ = (char)c;
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return name;
}
