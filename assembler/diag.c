#include "diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <jansson.h>

#include "arena.h"

/* More than anyone reads: what comes after is only counted. */
#define MESSAGES_MAX 1000

struct message {
	struct mark at;
	char *text;
	int order; /* of arrival, so that sorting is stable */
};

struct diag {
	struct arena *arena;
	struct message *messages;
	int n, size, n_more;
	int n_calls;
};

static bool is_quiet;

struct diag *diag_new(void)
{
	struct arena *a = arena_new();
	struct diag *d = arena_alloc(a, sizeof(*d));

	d->arena = a;
	return d;
}

void diag_free(struct diag *d)
{
	if (d)
		arena_free(d->arena);
}

static bool is_known(const struct diag *d, struct mark at, const char *text)
{
	for (int i = 0; i < d->n; i++) {
		const struct message *m = &d->messages[i];

		if (m->at.line == at.line && m->at.col == at.col && !strcmp(m->text, text) &&
			!strcmp(m->at.file, at.file))
			return true;
	}
	return false;
}

/* What users wrote is quoted in messages, and control characters must not reach a terminal. */
static void clean(char *text)
{
	for (char *c = text; *c; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			*c = '?';
	}
}

__attribute__((format(printf, 2, 0))) static char *format(
	struct arena *a, const char *fmt, va_list ap)
{
	va_list count;
	char *text;
	int len;

	va_copy(count, ap);
	len = vsnprintf(NULL, 0, fmt, count);
	va_end(count);
	if (len < 0)
		return arena_strdup(a, fmt);
	text = arena_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

static void grow(struct diag *d)
{
	struct message *more;

	if (d->n < d->size)
		return;
	d->size = d->size ? d->size * 2 : 16;
	more = arena_alloc(d->arena, (size_t)d->size * sizeof(*more));
	if (d->n)
		memcpy(more, d->messages, (size_t)d->n * sizeof(*more));
	d->messages = more;
}

void diag_error(struct diag *d, struct mark at, const char *fmt, ...)
{
	va_list ap;
	char *text;

	d->n_calls++;
	va_start(ap, fmt);
	text = format(d->arena, fmt, ap);
	va_end(ap);
	clean(text);
	/* The caller's arena may go before us. */
	at.file = arena_strdup(d->arena, at.file ? at.file : "");
	/* An alias shows the mistake of its anchor once. */
	if (is_known(d, at, text))
		return;
	if (d->n == MESSAGES_MAX) {
		d->n_more++;
		return;
	}
	grow(d);
	d->messages[d->n] = (struct message){.at = at, .text = text, .order = d->n};
	d->n++;
}

int diag_count(const struct diag *d)
{
	return d->n_calls;
}

static int compare_messages(const void *pa, const void *pb)
{
	const struct message *a = pa, *b = pb;
	int r = strcmp(a->at.file, b->at.file);

	if (r)
		return r;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.col != b->at.col)
		return a->at.col < b->at.col ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static struct message *sorted(const struct diag *d)
{
	size_t size = (size_t)d->n * sizeof(struct message);
	struct message *copy = arena_alloc(d->arena, size);

	if (d->n)
		memcpy(copy, d->messages, size);
	qsort(copy, (size_t)d->n, sizeof(*copy), compare_messages);
	return copy;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The line with a caret under the column. */
static void show_line(char *line, int col)
{
	const char *p;

	line[strcspn(line, "\r\n")] = '\0';
	clean(line);
	fprintf(stderr, "    %s\n    ", line);
	/* A tab stays a tab, so that the caret stands right whatever the tab stops are. */
	p = line;
	for (int i = 1; i < col && *p; i++) {
		fputc(*p == '\t' ? '\t' : ' ', stderr);
		p++;
		while (is_continuation(*p))
			p++;
	}
	fputs("^\n", stderr);
}

static void show_source(struct mark at)
{
	char *line = NULL;
	size_t size = 0;
	struct stat st;
	FILE *f;

	/* A pipe has been read already and would keep us waiting. */
	if (at.line < 1 || stat(at.file, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	f = fopen(at.file, "re");
	if (!f)
		return;
	for (int i = 1; getline(&line, &size, f) >= 0; i++) {
		if (i == at.line) {
			show_line(line, at.col);
			break;
		}
	}
	free(line);
	(void)fclose(f);
}

void diag_print(const struct diag *d)
{
	const struct message *list = sorted(d);

	for (int i = 0; i < d->n; i++) {
		const struct mark *at = &list[i].at;

		if (at->line < 1)
			fprintf(stderr, "%s: %s\n", at->file, list[i].text);
		else
			fprintf(stderr, "%s:%d:%d: %s\n", at->file, at->line, at->col,
				list[i].text);
		show_source(*at);
	}
	if (d->n)
		fprintf(stderr, "%d error%s\n", d->n + d->n_more, d->n == 1 ? "" : "s");
}

/* A file name may hold any bytes, JSON may not. */
static json_t *json_text(const char *text)
{
	json_t *s = json_string(text);

	return s ? s : json_string("(not UTF-8)");
}

void diag_print_json(const struct diag *d)
{
	const struct message *list = sorted(d);
	json_t *all = json_array();

	for (int i = 0; i < d->n; i++) {
		const struct mark *at = &list[i].at;

		(void)json_array_append_new(all,
			json_pack("{s:o, s:i, s:i, s:o}", "file", json_text(at->file), "line",
				at->line, "column", at->col, "message", json_text(list[i].text)));
	}
	(void)json_dumpf(all, stdout, JSON_INDENT(4));
	putchar('\n');
	json_decref(all);
}

int say_error(const char *fmt, ...)
{
	va_list ap;

	fputs("nanny: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

void say_progress(const char *fmt, ...)
{
	va_list ap;

	if (is_quiet)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void say_quiet(void)
{
	is_quiet = true;
}
