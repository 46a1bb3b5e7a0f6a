#include "modules.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "mem.h"
#include "nearest.h"

struct module {
	const char *name; /* with '_', as the kernel calls it */
	const char *path; /* below /lib/modules, as it is packed; NULL: built in */
	bool is_taken;
};

struct modules {
	const struct modules_request *q;
	struct module *module; /* sorted by name */
	size_t n;
	char *order, *alias, *dep; /* the last two as depmod(8) writes them */
	bool when_asked;           /* what is taken now is not for the order */
};

/* "…/virtio-net.ko.xz" → "virtio_net"; NULL when it is no module. */
static char *module_name(struct arena *a, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *dot = strstr(base ? base : path, ".ko");
	char *name;

	if (!dot || (dot[3] != '\0' && dot[3] != '.'))
		return NULL;
	base = base ? base + 1 : path;
	name = arena_strndup(a, base, (size_t)(dot - base));
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static void add(struct modules *m, const char *name, const char *path)
{
	m->module = mem_grow(m->module, m->n + 1, sizeof(*m->module));
	m->module[m->n++] = (struct module){.name = name, .path = path};
}

/* All of a file, with a NUL behind it; the caller frees it.  NULL after say_error(). */
static char *load(const struct tree *t, const char *path, const struct tree_inode *f)
{
	char *data = mem_new((size_t)f->size + 1);
	off_t at = 0;

	while (at < f->size) {
		ssize_t n = tree_read(t, f, data + at, (size_t)(f->size - at), at);

		if (n < 0) {
			(void)say_error("%s: %s", path, strerror((int)-n));
			free(data);
			return NULL;
		}
		at += n;
	}
	return data;
}

/* modules.builtin: a path a line. */
static int add_builtin(struct modules *m, const char *path, const struct tree_inode *f)
{
	char *text = load(m->q->all, path, f), *save, *line;

	if (!text)
		return -1;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *name = module_name(m->q->arena, line);

		if (name)
			add(m, name, NULL);
	}
	free(text);
	return 0;
}

static int add_file(void *ctx, const char *path, const struct tree_inode *f)
{
	struct modules *m = ctx;
	const char *base = strrchr(path, '/');
	char *name;

	if (!S_ISREG(f->mode))
		return 0;
	if (base && strcmp(base, "/modules.builtin") == 0)
		return add_builtin(m, path, f);
	name = module_name(m->q->arena, path);
	if (name)
		add(m, name, arena_strdup(m->q->arena, path));
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct module *find(struct modules *m, const char *name)
{
	struct module key = {.name = name};

	return m->n ? bsearch(&key, m->module, m->n, sizeof(key), compare) : NULL;
}

static int open_packed(struct archive *in, const void *data, size_t size)
{
	struct archive_entry *e;

	archive_read_support_format_raw(in);
	archive_read_support_filter_none(in);
	archive_read_support_filter_xz(in);
	archive_read_support_filter_zstd(in);
	archive_read_support_filter_gzip(in);
	if (archive_read_open_memory(in, data, size) != ARCHIVE_OK ||
		archive_read_next_header(in, &e) != ARCHIVE_OK)
		return -1;
	return 0;
}

/* The module as the kernel takes it; the caller frees it. */
static char *unpack(const void *data, size_t size, size_t *ret_size)
{
	struct archive *in = mem_must(archive_read_new());
	char *plain = NULL;
	size_t have = 0, room = 0;
	la_ssize_t n = open_packed(in, data, size);

	while (n >= 0) {
		if (room - have < 65536) {
			room = room * 2 + 65536;
			plain = mem_grow(plain, room, 1);
		}
		n = archive_read_data(in, plain + have, room - have);
		if (n == 0)
			break;
		if (n > 0)
			have += (size_t)n;
	}
	if (n < 0) {
		(void)say_error("%s", archive_error_string(in));
		free(plain);
		plain = NULL;
	}
	archive_read_free(in);
	*ret_size = have;
	return plain;
}

static int take(struct modules *m, struct module *mod, const char *parameters, int depth);

/* As it is in the image: "RELEASE/kernel/x.ko" of "RELEASE/kernel/x.ko.xz". */
static char *plain_path(const struct modules *m, const struct module *mod)
{
	const char *end = strstr(strrchr(mod->path, '/'), ".ko") + 3;

	return arena_strndup(m->q->arena, mod->path, (size_t)(end - mod->path));
}

/* The same below the release: "kernel/x.ko". */
static const char *path_inside(const struct modules *m, const struct module *mod)
{
	return strchr(plain_path(m, mod), '/') + 1;
}

/* Each "alias=PATTERN" of .modinfo. */
static void add_aliases(struct modules *m, const struct module *mod, const char *plain, size_t size)
{
	static const char key[] = "\0alias=";
	const char *p = plain, *end = plain + size;

	while ((p = memmem(p, (size_t)(end - p), key, sizeof(key) - 1))) {
		p += sizeof(key) - 1;
		m->alias = arena_printf(m->q->arena, "%salias %.*s %s\n", m->alias,
			(int)strnlen(p, (size_t)(end - p)), p, mod->name);
	}
}

/* "depends=a,b" is one of the NUL-terminated strings of the section .modinfo. */
static int take_depends(struct modules *m, const struct module *mod, const char *plain, size_t size,
	int depth, char **ret_needs)
{
	static const char key[] = "\0depends=";
	const char *p = memmem(plain, size, key, sizeof(key) - 1);
	const char *end = plain + size;

	*ret_needs = arena_strdup(m->q->arena, "");
	if (!p)
		return 0;
	p += sizeof(key) - 1;
	while (p < end && *p) {
		size_t n = strnlen(p, (size_t)(end - p));
		const char *comma = memchr(p, ',', n);
		char name[NAME_MAX + 4];
		struct module *need;

		n = comma ? (size_t)(comma - p) : n;
		(void)snprintf(
			name, sizeof(name), "%.*s.ko", (int)(n < NAME_MAX ? n : NAME_MAX), p);
		need = find(m, module_name(m->q->arena, name));
		if (!need)
			return say_error("%s needs the module %.*s, which the kernel has not",
				mod->path, (int)n, p);
		if (take(m, need, "", depth + 1) < 0)
			return -1;
		if (need->path)
			*ret_needs = arena_printf(
				m->q->arena, "%s %s", *ret_needs, path_inside(m, need));
		p += n + (comma != NULL);
	}
	return 0;
}

static int put(struct modules *m, const struct module *mod, const char *plain, size_t size)
{
	const char *path = plain_path(m, mod);
	int r;

	if (m->q->to == m->q->all && strcmp(path, mod->path) != 0)
		(void)tree_remove(m->q->to, mod->path);
	r = tree_put_file(m->q->to, path, 0644, plain, size);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

static void add_line(struct modules *m, const struct module *mod, const char *parameters)
{
	m->order = arena_printf(m->q->arena, "%s/lib/modules/%s%s%s\n", m->order,
		plain_path(m, mod), *parameters ? " " : "", parameters);
}

static int take_file(struct modules *m, const struct module *mod, const char *parameters, int depth)
{
	const struct tree_inode *f = tree_get(m->q->all, mod->path);
	char *packed = load(m->q->all, mod->path, f), *plain, *needs;
	size_t size;
	int r;

	if (!packed)
		return -1;
	plain = unpack(packed, (size_t)f->size, &size);
	free(packed);
	if (!plain)
		return say_error("%s: cannot be unpacked", mod->path);
	r = take_depends(m, mod, plain, size, depth, &needs);
	if (r >= 0)
		r = put(m, mod, plain, size);
	if (r >= 0 && !m->when_asked)
		add_line(m, mod, parameters);
	if (r >= 0 && m->q->board->n_coldplug) {
		add_aliases(m, mod, plain, size);
		m->dep = arena_printf(m->q->arena, "%s%s:%s\n", m->dep, path_inside(m, mod), needs);
	}
	free(plain);
	return r;
}

static int take(struct modules *m, struct module *mod, const char *parameters, int depth)
{
	if (mod->is_taken || !mod->path)
		return 0;
	if (depth > 64)
		return say_error("%s: modules need each other in a circle", mod->path);
	mod->is_taken = true;
	return take_file(m, mod, parameters, depth);
}

static void say_unknown(struct modules *m, const char *name, struct mark at)
{
	const char **words = mem_new((m->n + 1) * sizeof(*words));
	const char *near;

	for (size_t i = 0; i < m->n; i++)
		words[i] = m->module[i].name;
	near = nearest_word(name, words);
	diag_error(m->q->diag, at, "the kernel has no module '%s'%s%s%s", name,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	free(words);
}

static int take_words(struct modules *m, const char **words, const struct mark *at, size_t n_words)
{
	int bad = 0;

	for (size_t i = 0; i < n_words; i++) {
		const char *word = words[i];
		size_t n = strcspn(word, " ");
		const char *parameters = word + n + strspn(word + n, " ");
		const char *name = module_name(
			m->q->arena, arena_printf(m->q->arena, "%.*s.ko", (int)n, word));
		struct module *mod = find(m, name);

		if (!mod && m->q->lenient)
			continue;
		if (!mod) {
			say_unknown(m, name, at[i]);
			bad = -1;
		} else if (take(m, mod, parameters, 0) < 0) {
			return -1;
		}
	}
	return bad;
}

/* "RELEASE", of the first module there is. */
static char *release_of(const struct modules *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->module[i].path)
			return arena_strndup(
				m->q->arena, m->module[i].path, strcspn(m->module[i].path, "/"));
	}
	return NULL;
}

static int put_lists(struct modules *m)
{
	const char *release = release_of(m);
	const struct {
		const char *name, *text;
	} lists[] = {{"modules.alias", m->alias}, {"modules.dep", m->dep}};

	for (size_t i = 0; release && i < 2; i++) {
		const char *path = arena_printf(m->q->arena, "%s/%s", release, lists[i].name);
		int r = tree_put_file(m->q->to, path, 0644, lists[i].text, strlen(lists[i].text));

		if (r < 0)
			return say_error("%s: %s", path, strerror(-r));
	}
	return 0;
}

static int take_board(struct modules *m)
{
	const struct board *b = m->q->board;
	int r = take_words(m, b->modules, b->modules_at, b->n_modules);

	if (!b->n_coldplug)
		return r;
	m->when_asked = true;
	if (take_words(m, b->coldplug, b->coldplug_at, b->n_coldplug) < 0 || r < 0)
		return -1;
	return put_lists(m);
}

int modules_select(const struct modules_request *q, char **ret_order)
{
	struct modules m = {.q = q,
		.order = arena_strdup(q->arena, ""),
		.alias = arena_strdup(q->arena, ""),
		.dep = arena_strdup(q->arena, "")};
	int r = tree_walk(q->all, add_file, &m);

	if (r >= 0) {
		if (m.n > 0)
			qsort(m.module, m.n, sizeof(*m.module), compare);
		r = take_board(&m);
	}
	free(m.module);
	*ret_order = m.order;
	return r < 0 ? -1 : 0;
}
