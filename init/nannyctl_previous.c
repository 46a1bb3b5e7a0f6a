/* nannyctl logs --previous: what the boot before this one has left in RAM that survived. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/text.h"
#include "nannyctl_verbs.h"
#include "pstore.h"

#define KERNEL "kernel"

enum {
	LINE_MAX_BYTES = 4096,
};

struct lines {
	char **line;
	size_t n;
};

static int add(struct lines *l, const char *text)
{
	char **more = realloc(l->line, (l->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	l->line = more;
	l->line[l->n] = strdup(text);
	return l->line[l->n] ? (l->n++, 0) : -ENOMEM;
}

static void forget(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->line[i]);
	free(l->line);
}

/* "1234 [web] text": is it of that name? */
static bool is_of(const char *line, const char *name)
{
	const char *who = strchr(line, '[');
	size_t n = strlen(name);

	/* PID 1 calls itself nanny on the console, and init when it is asked. */
	if (strcmp(name, "init") == 0)
		return who && strncmp(who, "[nanny] ", 8) == 0;
	return who && strncmp(who + 1, name, n) == 0 && who[n + 1] == ']';
}

/* Lines of a file, those of `name` alone; from the kernel's records all, in `kernel`'s form. */
static int read_file(struct lines *l, const char *path, const char *name, bool kernel)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (f && r == 0 && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!kernel && name && !is_of(line, name))
			continue;
		r = add(l, line);
	}
	free(line);
	if (f)
		(void)fclose(f);
	return r;
}

static int is_kernels(const struct dirent *e)
{
	return strncmp(e->d_name, PSTORE_KERNEL, strlen(PSTORE_KERNEL)) == 0;
}

/* A record's later parts hold earlier lines: "dmesg-ramoops-0" is the end. */
static int later_first(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*b)->d_name, (*a)->d_name);
}

static int read_kernel(struct lines *l)
{
	struct dirent **entry = NULL;
	int n = scandir(PSTORE_PREVIOUS, &entry, is_kernels, later_first), r = 0;

	for (int i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), PSTORE_PREVIOUS "/%s", entry[i]->d_name);
		if (r == 0)
			r = read_file(l, path, NULL, true);
		free(entry[i]);
	}
	free(entry);
	return r;
}

static void print_text(const char *s)
{
	char buf[6 * LINE_MAX_BYTES + 3];
	struct text t = text_in(buf, sizeof(buf));

	text_add_json(&t, s, strnlen(s, LINE_MAX_BYTES));
	fputs(t.buf, stdout);
}

static void print_word(const char *line, bool json)
{
	const char *space = strchr(line, ' ');
	const char *open = space ? strchr(space, '[') : NULL,
		   *close = open ? strchr(open, ']') : NULL;
	long long ms = strtoll(line, NULL, 10);

	if (!close || !json) {
		printf("%8lld.%03lld %s\n", ms / 1000, ms % 1000, space ? space + 1 : "");
		return;
	}
	printf("{\"time_ms\":%lld,\"name\":\"%.*s\",\"text\":", ms, (int)(close - open - 1),
		open + 1);
	print_text(close[1] ? close + 2 : "");
	printf("}\n");
}

static void print_kernel(const char *line, bool json)
{
	if (!json) {
		printf("%s\n", line);
		return;
	}
	printf("{\"name\":\"" KERNEL "\",\"text\":");
	print_text(line);
	printf("}\n");
}

static void print(const struct lines *l, const struct options *o, bool kernel)
{
	size_t from = (uint64_t)o->lines < l->n ? l->n - (size_t)o->lines : 0;

	for (; from < l->n; from++)
		(kernel ? print_kernel : print_word)(l->line[from], options_have(o, 'j'));
}

int nannyctl_previous(const struct options *o, const char *name)
{
	struct lines words = {0}, kernel = {0};
	bool only_kernel = name && strcmp(name, KERNEL) == 0;
	int r = 0;

	if (!only_kernel)
		r = read_file(&words, PSTORE_WORDS, name, false);
	if (r == 0 && (!name || only_kernel))
		r = read_kernel(&kernel);
	print(&words, o, false);
	print(&kernel, o, true);
	if (r == 0 && !words.n && !kernel.n)
		r = say(EXIT_FAILED, "nothing is left of the previous boot",
			name ? name : "it had no RAM that survives a reset, or no power");
	else if (r < 0)
		r = say(EXIT_FAILED, "out of memory", NULL);
	forget(&words);
	forget(&kernel);
	return r;
}
