#include "pins.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "io.h"

int digest_is_good(const char *s)
{
	return strncmp(s, "sha256:", 7) == 0 && strlen(s) == 7 + 64 &&
	       strspn(s + 7, "0123456789abcdef") == 64;
}

const char *pins_file(struct arena *a, const char *config)
{
	const char *dot = strrchr(config, '.');
	bool is_yaml = dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);

	return arena_printf(
		a, "%.*s.lock", is_yaml ? (int)(dot - config) : (int)strlen(config), config);
}

static void add(struct arena *a, struct pins *p, const char *image, const char *digest)
{
	struct pin *more = arena_alloc(a, (p->n + 1) * sizeof(*more));

	if (p->n)
		memcpy(more, p->pin, p->n * sizeof(*more));
	p->pin = more;
	p->pin[p->n++] = (struct pin){image, digest};
}

/* Up to the digest: an image's name may have blanks in it (oci:my images). */
static size_t name_length(const char *line)
{
	const char *digest = strstr(line, " sha256:");
	size_t n = strcspn(line, " \t");

	if (!digest || !digest_is_good(digest + 1))
		return n;
	for (n = (size_t)(digest - line); n > 0 && strchr(" \t", line[n - 1]);)
		n--;
	return n;
}

static void read_line(struct arena *a, struct diag *d, struct pins *p, const char *line, int number)
{
	size_t start = strspn(line, " \t");
	size_t name = name_length(line + start);
	const char *image = arena_strndup(a, line + start, name);
	const char *rest = line + start + name;
	const char *digest = rest + strspn(rest, " \t");
	struct mark at = {p->file, number, (int)(digest - line) + 1};

	if (!line[start] || line[start] == '#')
		return;
	if (!digest_is_good(digest))
		diag_error(d, at,
			"\"%s\" is no digest (sha256: and 64 digits 0-9 a-f); `nanny lock` writes "
			"this file",
			digest);
	else if (pins_get(p, image))
		diag_error(d, at, "'%s' is pinned already, by a line above", image);
	else
		add(a, p, image, arena_strdup(a, digest));
}

struct pins *pins_load(struct arena *a, struct diag *d, const char *file)
{
	struct pins *p = arena_alloc(a, sizeof(*p));
	int errors = diag_count(d), number = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(file, "re");

	p->file = arena_strdup(a, file);
	if (!f && errno == ENOENT)
		return p;
	if (!f) {
		diag_error(
			d, (struct mark){.file = p->file}, "cannot read it: %s", strerror(errno));
		return NULL;
	}
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		read_line(a, d, p, line, ++number);
	}
	/* Half of it would leave images unpinned. */
	if (ferror(f))
		diag_error(
			d, (struct mark){.file = p->file}, "cannot read it: %s", strerror(errno));
	free(line);
	(void)fclose(f);
	return diag_count(d) == errors ? p : NULL;
}

const char *pins_get(const struct pins *p, const char *image)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (strcmp(p->pin[i].image, image) == 0)
			return p->pin[i].digest;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;

	return strcmp(x->image, y->image);
}

int pins_save(struct arena *a, const struct pins *p, const char *config)
{
	const char *text = arena_printf(a,
		"# The images of %s by digest; `nanny lock` looks for newer ones and "
		"writes this.\n",
		config);
	char *tmp;
	int fd, r;

	if (p->n)
		qsort(p->pin, p->n, sizeof(*p->pin), compare);
	for (size_t i = 0; i < p->n; i++)
		text = arena_printf(a, "%s%s %s\n", text, p->pin[i].image, p->pin[i].digest);
	fd = cache_begin(a, p->file, &tmp);
	if (fd < 0)
		return -1;
	r = io_write(fd, text, strlen(text));
	if (r < 0) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", p->file, strerror(-r));
	}
	return cache_commit(fd, tmp, p->file) < 0 ? -1 : 0;
}
