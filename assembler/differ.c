/* nanny diff: what is different between two images, by component, package and file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "mem.h"
#include "show.h"
#include "verb.h"

/* What was found, in order: {"change": "added" | "removed" | "changed", …} each. */
struct changes {
	struct arena *arena;
	const struct opened *a, *b;
	json_t *components, *packages, *files, *places;
};

static void add(json_t *list, const char *change, json_t *what)
{
	(void)json_object_set_new(what, "change", json_string(change));
	(void)json_array_append_new(list, what);
}

/* ------------------------------------------------------------------ components */

static bool is_same_name(struct arena *a, const struct opened_part *x, const struct opened_part *y)
{
	const char *p = opened_title(a, x), *q = opened_title(a, y);

	if (strcmp(p, q) != 0)
		return false;
	/* One-shots may share a name; their folders have numbers. */
	return !x->path || !y->path || strcmp(x->path, y->path) == 0;
}

static const struct opened_part *find_part(
	struct arena *a, const struct opened *o, const struct opened_part *p)
{
	for (size_t i = 0; i < o->n_parts; i++)
		if (is_same_name(a, &o->part[i], p))
			return &o->part[i];
	return NULL;
}

static json_t *two(const struct opened_part *p, const struct opened_part *was)
{
	json_t *j = show_part(p);

	(void)json_object_set_new(j, "was",
		json_pack("{s:I, s:I, s:s*, s:s*}", "size", (json_int_t)was->size, "files",
			(json_int_t)was->n_files, "image", was->image, "digest", was->digest));
	return j;
}

static bool is_different(const char *x, const char *y)
{
	return strcmp(x ? x : "", y ? y : "") != 0;
}

static void compare_parts(struct changes *c)
{
	for (size_t i = 0; i < c->b->n_parts; i++) {
		const struct opened_part *p = &c->b->part[i], *was = find_part(c->arena, c->a, p);

		if (!was)
			add(c->components, "added", show_part(p));
		else if (p->size != was->size || p->n_files != was->n_files ||
			 is_different(p->digest, was->digest) || is_different(p->image, was->image))
			add(c->components, "changed", two(p, was));
	}
	for (size_t i = 0; i < c->a->n_parts; i++)
		if (!find_part(c->arena, c->b, &c->a->part[i]))
			add(c->components, "removed", show_part(&c->a->part[i]));
}

/* ------------------------------------------------------------------ packages */

static void compare_packages(struct changes *c)
{
	const char *key;
	json_t *versions;

	json_object_foreach(c->b->packages, key, versions)
	{
		json_t *was = json_object_get(c->a->packages, key);

		if (!was)
			add(c->packages, "added",
				json_pack("{s:s, s:O}", "name", key, "versions", versions));
		else if (!json_equal(was, versions))
			add(c->packages, "changed",
				json_pack("{s:s, s:O, s:O}", "name", key, "versions", versions,
					"were", was));
	}
	json_object_foreach(c->a->packages, key, versions)
	{
		if (!json_object_get(c->b->packages, key))
			add(c->packages, "removed",
				json_pack("{s:s, s:O}", "name", key, "versions", versions));
	}
}

/* ------------------------------------------------------------------ files */

static bool is_xattr_same(const struct tree_inode *x, const struct tree_inode *y)
{
	if (x->n_xattr != y->n_xattr)
		return false;
	for (size_t i = 0; i < x->n_xattr; i++)
		if (strcmp(x->xattr[i].name, y->xattr[i].name) != 0 ||
			x->xattr[i].size != y->xattr[i].size ||
			memcmp(x->xattr[i].value, y->xattr[i].value, x->xattr[i].size) != 0)
			return false;
	return true;
}

/* What of a file is different: "content, mode", or NULL. */
static const char *what_differs(
	struct arena *a, const struct tree_inode *x, const struct tree_inode *y)
{
	const struct {
		const char *name;
		bool differs;
	} all[] = {
		{"type", (x->mode & S_IFMT) != (y->mode & S_IFMT)},
		{"content", S_ISREG(x->mode) && S_ISREG(y->mode) &&
				    (x->size != y->size ||
					    memcmp(x->sha256, y->sha256, sizeof(x->sha256)) != 0)},
		{"target",
			S_ISLNK(x->mode) && S_ISLNK(y->mode) && strcmp(x->target, y->target) != 0},
		{"mode", (x->mode & 07777) != (y->mode & 07777)},
		{"owner", x->uid != y->uid || x->gid != y->gid},
		{"device", x->rdev != y->rdev},
		{"attributes", !is_xattr_same(x, y)},
	};
	const char *text = NULL;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].differs)
			text = text ? arena_printf(a, "%s, %s", text, all[i].name) : all[i].name;
	return text;
}

static json_t *file(const char *path, const struct tree_inode *f)
{
	return json_pack(
		"{s:s, s:I}", "path", path, "size", (json_int_t)(S_ISREG(f->mode) ? f->size : 0));
}

static int visit_new(void *ctx, const char *path, const struct tree_inode *f)
{
	struct changes *c = ctx;
	const struct tree_inode *was = tree_get(c->a->root, path);
	const char *what = was ? what_differs(c->arena, was, f) : NULL;
	json_t *j;

	if (!was)
		add(c->files, "added", file(path, f));
	if (!what)
		return 0;
	j = file(path, f);
	(void)json_object_set_new(j, "differs", json_string(what));
	(void)json_object_set_new(
		j, "was", json_integer((json_int_t)(S_ISREG(was->mode) ? was->size : 0)));
	add(c->files, "changed", j);
	return 0;
}

static int visit_old(void *ctx, const char *path, const struct tree_inode *f)
{
	struct changes *c = ctx;

	if (!tree_get(c->b->root, path))
		add(c->files, "removed", file(path, f));
	return 0;
}

/* ------------------------------------------------------------------ places */

static const struct opened_place *find_place(const struct opened *o, const char *name)
{
	for (size_t i = 0; i < o->n_places; i++)
		if (strcmp(o->place[i].name, name) == 0)
			return &o->place[i];
	return NULL;
}

/* What nothing lies in has no name by which it would be the same. */
static bool is_named(const struct opened_place *p)
{
	return strcmp(p->name, "free") != 0;
}

static bool is_place_same(const struct opened_place *p, const struct opened_place *was)
{
	return p->size == was->size && !is_different(p->is, was->is) &&
	       !is_different(p->version, was->version) && !is_different(p->board, was->board) &&
	       !is_different(p->root, was->root);
}

/* Of two disks: a disk and what is none have no places in common. */
static void compare_places(struct changes *c)
{
	for (size_t i = 0; c->a->n_places > 0 && i < c->b->n_places; i++) {
		const struct opened_place *p = &c->b->place[i], *was = find_place(c->a, p->name);
		json_t *j;

		if (!is_named(p) || (was && is_place_same(p, was)))
			continue;
		j = show_place(p);
		if (was)
			(void)json_object_set_new(j, "was", show_place(was));
		add(c->places, was ? "changed" : "added", j);
	}
	for (size_t i = 0; c->b->n_places > 0 && i < c->a->n_places; i++)
		if (is_named(&c->a->place[i]) && !find_place(c->b, c->a->place[i].name))
			add(c->places, "removed", show_place(&c->a->place[i]));
}

/* ------------------------------------------------------------------ print */

static char sign_of(const json_t *j)
{
	const char *change = json_string_value(json_object_get(j, "change"));

	return change[0] == 'a' ? '+' : change[0] == 'r' ? '-' : '~';
}

static const char *text_in(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static const char *size_in(const struct changes *c, const json_t *j)
{
	return show_size(c->arena, json_integer_value(json_object_get(j, "size")));
}

static void print_component(const struct changes *c, const json_t *j)
{
	const json_t *was = json_object_get(j, "was");
	const char *digest = text_in(j, "digest"), *name = text_in(j, "name");

	if (!*name)
		name = text_in(j, "image");
	(void)printf("%c %s%s%s: ", sign_of(j), text_in(j, "kind"), *name ? " " : "", name);
	if (was)
		(void)printf("%s → ", size_in(c, was));
	(void)printf("%s", size_in(c, j));
	if (was && strcmp(text_in(was, "digest"), digest) != 0)
		(void)printf(", %.19s → %.19s", text_in(was, "digest"), digest);
	(void)putchar('\n');
}

static void print_versions(const json_t *list)
{
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j)(void) printf(" %s", json_string_value(j));
}

static void print_package(const struct changes *c, const json_t *j)
{
	const json_t *were = json_object_get(j, "were");

	(void)c;
	(void)printf("%c %s:", sign_of(j), text_in(j, "name"));
	if (were) {
		print_versions(were);
		(void)printf(" →");
	}
	print_versions(json_object_get(j, "versions"));
	(void)putchar('\n');
}

static void print_file(const struct changes *c, const json_t *j)
{
	const json_t *was = json_object_get(j, "was");

	(void)printf("%c /%s: ", sign_of(j), text_in(j, "path"));
	if (was)
		(void)printf("%s; %s → ", text_in(j, "differs"),
			show_size(c->arena, json_integer_value(was)));
	(void)printf("%s\n", size_in(c, j));
}

static const char *place_text(const struct changes *c, const json_t *j)
{
	const char *is = text_in(j, "is"), *version = text_in(j, "version");
	const char *root = text_in(j, "root_hash");

	return arena_printf(c->arena, "%s%s%s%s%s%s%.12s", size_in(c, j), *is ? ", " : "", is,
		*version ? ", version " : "", version, *root ? ", root hash " : "", root);
}

static void print_place(const struct changes *c, const json_t *j)
{
	const json_t *was = json_object_get(j, "was");

	(void)printf("%c %s: ", sign_of(j), text_in(j, "name"));
	if (was)
		(void)printf("%s → ", place_text(c, was));
	(void)printf("%s\n", place_text(c, j));
}

static void print_list(const struct changes *c, const char *title, const json_t *list,
	void (*print)(const struct changes *, const json_t *))
{
	const json_t *j;
	size_t i;

	if (json_array_size(list) > 0)
		(void)printf("%s\n", title);
	json_array_foreach(list, i, j) print(c, j);
}

static void print_text(const struct changes *c)
{
	print_list(c, "components:", c->components, print_component);
	print_list(c, "packages:", c->packages, print_package);
	print_list(c, "files:", c->files, print_file);
	print_list(c, "places:", c->places, print_place);
}

static void print_json(const struct changes *c)
{
	json_t *all = json_pack("{s:O, s:O, s:O, s:O}", "components", c->components, "packages",
		c->packages, "files", c->files, "places", c->places);

	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

/* The exit status, as diff(1) has it. */
static int compare(struct arena *arena, const struct opened *a, const struct opened *b, bool json)
{
	struct changes c = {arena, a, b, json_array(), json_array(), json_array(), json_array()};
	json_t *const lists[] = {c.components, c.packages, c.files, c.places};
	size_t n = 0;
	int r;

	compare_parts(&c);
	compare_packages(&c);
	compare_places(&c);
	r = tree_walk(b->root, visit_new, &c);
	if (r >= 0)
		r = tree_walk(a->root, visit_old, &c);
	if (json)
		print_json(&c);
	else
		print_text(&c);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		n += json_array_size(lists[i]);
		json_decref(lists[i]);
	}
	return r < 0 || fflush(stdout) != 0 ? EXIT_BAD_INPUT : n > 0;
}

int verb_diff(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct opened a = {0}, b = {0};
	int c, status = EXIT_BAD_INPUT;
	bool json = false;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c != 'j')
			return EXIT_BAD_INPUT;
		json = true;
	}
	if (argc - optind != 2)
		return verb_usage(argv[0], "name two images");
	if (opened_read(env->arena, argv[optind], &a) == 0 &&
		opened_read(env->arena, argv[optind + 1], &b) == 0)
		status = compare(env->arena, &a, &b, json);
	opened_close(&a);
	opened_close(&b);
	return status;
}
