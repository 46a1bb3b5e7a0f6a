#include "licence.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cache.h"
#include "deb.h"
#include "io.h"

/* Debian's short names differ from SPDX's in the GNU licences and a few more. */
static const struct {
	const char *word, *spdx;
} names[] = {
	{"AGPL-3", "AGPL-3.0-only"},
	{"AGPL-3+", "AGPL-3.0-or-later"},
	{"Apache-2.0", NULL},
	{"Artistic", "Artistic-1.0"},
	{"Artistic-2.0", NULL},
	{"BSD-2-clause", "BSD-2-Clause"},
	{"BSD-3-clause", "BSD-3-Clause"},
	{"BSL-1.0", NULL},
	{"CC0-1.0", NULL},
	{"Expat", "MIT"},
	{"GFDL-1.3+", "GFDL-1.3-or-later"},
	{"GPL-1+", "GPL-1.0-or-later"},
	{"GPL-2", "GPL-2.0-only"},
	{"GPL-2+", "GPL-2.0-or-later"},
	{"GPL-2.0-only", NULL},
	{"GPL-2.0-or-later", NULL},
	{"GPL-3", "GPL-3.0-only"},
	{"GPL-3+", "GPL-3.0-or-later"},
	{"GPL-3.0-only", NULL},
	{"GPL-3.0-or-later", NULL},
	{"ISC", NULL},
	{"LGPL-2", "LGPL-2.0-only"},
	{"LGPL-2+", "LGPL-2.0-or-later"},
	{"LGPL-2.0-only", NULL},
	{"LGPL-2.0-or-later", NULL},
	{"LGPL-2.1", "LGPL-2.1-only"},
	{"LGPL-2.1+", "LGPL-2.1-or-later"},
	{"LGPL-2.1-only", NULL},
	{"LGPL-2.1-or-later", NULL},
	{"LGPL-3", "LGPL-3.0-only"},
	{"LGPL-3+", "LGPL-3.0-or-later"},
	{"LGPL-3.0-only", NULL},
	{"LGPL-3.0-or-later", NULL},
	{"MIT", NULL},
	{"MPL-2.0", NULL},
	{"OpenSSL", NULL},
	{"PostgreSQL", NULL},
	{"Python-2.0", NULL},
	{"Unlicense", NULL},
	{"Vim", NULL},
	{"X11", NULL},
	{"Zlib", NULL},
	{"curl", NULL},
	{"or", "OR"},
	{"and", "AND"},
};

static const char *spdx_of(const char *word, size_t n)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].word) == n && strncasecmp(names[i].word, word, n) == 0)
			return names[i].spdx ? names[i].spdx : names[i].word;
	return NULL;
}

static bool is_operator(const char *spdx)
{
	return strcmp(spdx, "OR") == 0 || strcmp(spdx, "AND") == 0;
}

/* Licence, operator, licence …: anything else is not understood as a whole. */
const char *licence_of_words(struct arena *a, const char *words)
{
	const char *all = "";
	bool wants_licence = true;

	while (*(words += strspn(words, " \t"))) {
		size_t n = strcspn(words, " \t");
		const char *spdx = spdx_of(words, n);

		if (!spdx || is_operator(spdx) == wants_licence)
			return NULL;
		all = arena_printf(a, "%s%s%s", all, *all ? " " : "", spdx);
		wants_licence = !wants_licence;
		words += n;
	}
	return wants_licence ? NULL : all;
}

static const char *field(struct arena *a, const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	line += strspn(line, " \t");
	n = strcspn(line, "\r\n");
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	return arena_strndup(a, line, n);
}

const char *licence_of_copyright(struct arena *a, const char *text)
{
	bool is_all = false;

	if (strncmp(text, "Format:", 7) != 0)
		return NULL;
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		const char *files = field(a, line, "Files");
		const char *licence = is_all ? field(a, line, "License") : NULL;

		if (licence)
			return licence_of_words(a, licence);
		if (files)
			is_all = strcmp(files, "*") == 0;
		else if (*line == '\n')
			is_all = false;
		line = end ? end + 1 : line + strlen(line);
	}
	return NULL;
}

static const char *pick(void *ctx, const char *path)
{
	(void)ctx;
	return fnmatch("usr/share/doc/*/copyright", path, FNM_PATHNAME) == 0 ? "copyright" : NULL;
}

static int read_deb(struct arena *a, const struct lock_entry *e, const char **ret)
{
	const char *deb = deb_fetch(a, e);
	struct tree *t = tree_new();
	const struct tree_inode *f;
	int r = deb ? deb_extract(deb, t, pick, NULL) : -1;

	f = r < 0 ? NULL : tree_get(t, "copyright");
	if (f && f->size > 0 && f->size < 1 << 22) {
		char *text = arena_alloc(a, (size_t)f->size + 1);

		for (off_t at = 0; at < f->size;) {
			ssize_t n = tree_read(t, f, text + at, (size_t)(f->size - at), at);

			if (n <= 0)
				break;
			at += n;
		}
		*ret = licence_of_copyright(a, text);
	}
	tree_free(t);
	return r < 0 ? -1 : 0;
}

static int remember(struct arena *a, const char *path, const char *licence)
{
	char *tmp;
	int fd = cache_begin(a, path, &tmp);
	int r;

	if (fd < 0)
		return -1;
	r = io_write(fd, licence, strlen(licence));
	if (r < 0) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", path, strerror(-r));
	}
	return cache_commit_summed(a, fd, tmp, path) < 0 ? -1 : 0;
}

int licence_of_deb(struct arena *a, const struct lock_entry *e, const char **ret)
{
	/* The number goes up when the same package gives another licence. */
	const char *path = cache_path(a, "licence", arena_printf(a, "%s.1", e->sha256));
	char known[256] = "";
	FILE *f = path && cache_has(path) ? fopen(path, "re") : NULL;

	*ret = NULL;
	if (!path)
		return -1;
	if (f) {
		if (!fgets(known, sizeof(known), f))
			known[0] = '\0';
		(void)fclose(f);
		*ret = strcmp(known, "-") == 0 || !known[0] ? NULL : arena_strdup(a, known);
		return 0;
	}
	if (read_deb(a, e, ret) < 0)
		return -1;
	return remember(a, path, *ret ? *ret : "-");
}
