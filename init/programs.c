#include "programs.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct place {
	enum ctr_kind kind;
	/* Links whose names hold these words are the borders; `none` are their usual names. */
	const char *after, *after_none, *before, *before_none;
} places[] = {
	[PROGRAMS_FIRST] = {CTR_ONBOOT, NULL, NULL, "onboot", "010-onboot"},
	[PROGRAMS_BETWEEN] = {CTR_ONBOOT, "onboot", "010-onboot", "containerd", "020-containerd"},
	[PROGRAMS_LAST] = {CTR_SERVICE, "containerd", "020-containerd", NULL, NULL},
	[PROGRAMS_END] = {CTR_ONSHUTDOWN, NULL, NULL, "onshutdown", "010-onshutdown"},
	[PROGRAMS_VERY_END] = {CTR_ONSHUTDOWN, "onshutdown", "010-onshutdown", NULL, NULL},
};

/* LinuxKit's packages bring these; what they do has been done (banner.h, memlog.h). */
static const char *const done_by_init[] = {"000-issue", "002-logging"};

struct folder {
	struct dirent **names;
	int n;
	const char *path;
};

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void path_of(const struct folder *f, const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", f->path, name);
}

/* A link to LinuxKit's program of many roles, which need not be in the image. */
static bool is_builtin(const struct folder *f, const char *name)
{
	static const char target[] = "/service";
	char path[PATH_MAX], to[PATH_MAX];
	ssize_t n;

	for (size_t i = 0; i < sizeof(done_by_init) / sizeof(done_by_init[0]); i++) {
		if (strcmp(name, done_by_init[i]) == 0)
			return true;
	}
	path_of(f, name, path, sizeof(path));
	n = readlink(path, to, sizeof(to) - 1);
	if (n < (ssize_t)strlen(target))
		return false;
	to[n] = '\0';
	return strcmp(to + n - strlen(target), target) == 0;
}

/* The name of the link for this piece of work; `none` when there is none. */
static const char *border(const struct folder *f, const char *word, const char *none)
{
	for (int i = 0; word && i < f->n; i++) {
		const char *name = f->names[i]->d_name;

		if (strstr(name, word) && is_builtin(f, name))
			return name;
	}
	return none;
}

static bool is_file(const struct folder *f, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(f, name, path, sizeof(path));
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static struct scan_record record_of(enum ctr_kind kind, const char *name)
{
	struct scan_record rec = {.kind = (uint8_t)kind, .program = 1, .policy = policy_default()};

	/* Beyond its own kind of container's: one that ends is done, or has failed. */
	rec.policy.oneshot = true;
	rec.policy.restart = RESTART_NEVER;
	snprintf(rec.id, sizeof(rec.id), "%.*s", SCAN_ID_MAX - 1, name);
	if (strlen(name) >= SCAN_ID_MAX)
		snprintf(rec.error, sizeof(rec.error), "its name is too long");
	return rec;
}

static void come_after(struct scan_record *rec, size_t other)
{
	rec->after[0] =
		(struct scan_after){.kind = AFTER_CTR, .stage = STAGE_DONE, .at = (uint16_t)other};
	rec->after_n = 1;
}

static size_t take(
	const struct folder *f, const struct place *p, struct scan_record *recs, size_t n)
{
	const char *after = border(f, p->after, p->after_none);
	const char *before = border(f, p->before, p->before_none);
	const size_t first = n;

	for (int i = 0; i < f->n && n < SCAN_MAX; i++) {
		const char *name = f->names[i]->d_name;

		if ((after && strcmp(name, after) <= 0) || (before && strcmp(name, before) >= 0))
			continue;
		if (is_builtin(f, name) || !is_file(f, name))
			continue;
		recs[n] = record_of(p->kind, name);
		/* One-shots take turns anyhow; among services they are to do the same. */
		if (p->kind == CTR_SERVICE && n > first)
			come_after(&recs[n], n - 1);
		n++;
	}
	return n;
}

size_t programs_read(
	const char *folder, enum programs_place place, struct scan_record *recs, size_t n)
{
	const struct place *p = &places[place];
	struct folder f = {.path = folder};

	f.n = scandir(f.path, &f.names, is_visible, by_bytes);
	if (f.n > 0)
		n = take(&f, p, recs, n);
	for (int i = 0; i < f.n; i++)
		free(f.names[i]);
	free(f.names);
	return n;
}
