/* An opened image's files, sorted into components, and the packages of its bill of materials. */
#include "opened_kinds.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diag.h"
#include "mem.h"

enum {
	KERNEL,
	MODULES,
	BOOT,
	SLOT,
	FILES,
	N_FIXED,
};

enum {
	TEXT_MAX = 64 << 20, /* bytes of a list that is read */
};

static char *text_at(struct arena *a, const struct tree *t, const char *path, size_t *ret_size)
{
	const struct tree_inode *f = tree_get(t, path);
	char *text;

	if (!f || !S_ISREG(f->mode) || f->size > TEXT_MAX)
		return NULL;
	text = arena_alloc(a, (size_t)f->size + 1);
	for (off_t at = 0; at < f->size;) {
		ssize_t n = tree_read(t, f, text + at, (size_t)(f->size - at), at);

		if (n <= 0)
			return NULL;
		at += n;
	}
	*ret_size = (size_t)f->size;
	return text;
}

static size_t add_part(struct opened *o, const struct opened_part *p)
{
	o->part = mem_grow(o->part, o->n_parts + 1, sizeof(*o->part));
	o->part[o->n_parts] = *p;
	return o->n_parts++;
}

static const char *string_in(struct arena *a, const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? arena_strdup(a, s) : NULL;
}

/* path → index into part, for the files of init images. */
struct owners {
	struct tree *tree; /* a file's mtime is the index */
};

static void own_files(struct owners *w, const json_t *files, size_t part)
{
	const struct tree_inode mark = {.mode = S_IFREG, .mtime = (int64_t)part};
	const json_t *j;
	size_t i;

	json_array_foreach(files, i, j)
	{
		if (json_is_string(j))
			(void)tree_put(w->tree, json_string_value(j), &mark);
	}
}

static void read_inventory(struct opened *o, struct owners *w)
{
	size_t size = 0, i;
	const char *text = text_at(o->arena, o->root, "etc/nanny/image.json", &size);
	json_t *all = text ? json_loadb(text, size, 0, NULL) : NULL;
	const json_t *j;

	json_array_foreach(json_object_get(all, "components"), i, j)
	{
		const struct opened_part p = {
			.kind = string_in(o->arena, j, "kind"),
			.name = string_in(o->arena, j, "name"),
			.image = string_in(o->arena, j, "image"),
			.digest = string_in(o->arena, j, "digest"),
			.path = string_in(o->arena, j, "path"),
		};

		if (p.kind)
			own_files(w, json_object_get(j, "files"), add_part(o, &p));
	}
	json_decref(all);
}

/* containers/KIND/NAME: one that the inventory does not know is known by its folder. */
static size_t container_of(struct opened *o, const char *path)
{
	static const struct {
		const char *folder, *kind;
	} kinds[] = {{"containers/onboot/", "onboot"}, {"containers/onshutdown/", "onshutdown"},
		{"containers/services/", "service"}, {"containers/volumes/", "volume"}};
	struct opened_part p = {0};

	for (size_t i = N_FIXED; i < o->n_parts; i++) {
		size_t n = o->part[i].path ? strlen(o->part[i].path) : 0;

		if (n && strncmp(path, o->part[i].path, n) == 0 && (path[n] == '/' || !path[n]))
			return i;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].folder), m;

		if (strncmp(path, kinds[i].folder, n) != 0 || !path[n])
			continue;
		m = strcspn(path + n, "/");
		p.kind = kinds[i].kind;
		p.name = arena_strndup(o->arena, path + n, m);
		p.path = arena_strndup(o->arena, path, n + m);
		return add_part(o, &p);
	}
	return FILES;
}

struct sort {
	struct opened *o;
	struct owners owners;
	struct tree_links *links;
	size_t *part_of, n, room;
};

/* As boot loaders want it named. */
static bool is_kernel(const char *path)
{
	static const char *const kernels[] = {"boot/kernel", "boot/a/kernel", "boot/a/kernel8.img"};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		if (strcmp(path, kernels[i]) == 0)
			return true;
	return false;
}

static size_t part_of(struct sort *s, const char *path)
{
	const struct tree_inode *owner = tree_get(s->owners.tree, path);

	if (is_kernel(path))
		return KERNEL;
	if (owner && S_ISREG(owner->mode))
		return (size_t)owner->mtime;
	if (strncmp(path, "lib/modules/", 12) == 0 || strncmp(path, "usr/lib/modules/", 16) == 0)
		return MODULES;
	if (strncmp(path, "boot/b/", 7) == 0 || strncmp(path, "slot-b/", 7) == 0)
		return SLOT;
	if (strncmp(path, "boot/", 5) == 0)
		return BOOT;
	return container_of(s->o, path);
}

static int sort_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct sort *s = ctx;
	size_t i = part_of(s, path);

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 256;
		s->part_of = mem_grow(s->part_of, s->room, sizeof(*s->part_of));
	}
	s->part_of[s->n++] = i;
	if (S_ISDIR(f->mode))
		return 0;
	s->o->part[i].n_files++;
	if (S_ISREG(f->mode) && !tree_links_first(s->links, f, path))
		s->o->part[i].size += f->size;
	return 0;
}

static int sort_files(struct opened *o)
{
	static const struct opened_part fixed[N_FIXED] = {[KERNEL] = {.kind = "kernel"},
		[MODULES] = {.kind = "modules"},
		[BOOT] = {.kind = "boot"},
		[SLOT] = {.kind = "slot", .name = "b"},
		[FILES] = {.kind = "files"}};
	struct sort s = {.o = o, .owners.tree = tree_new(), .links = tree_links_new()};
	int r;

	for (size_t i = 0; i < N_FIXED; i++)
		(void)add_part(o, &fixed[i]);
	read_inventory(o, &s.owners);
	r = tree_walk(o->root, sort_visit, &s);
	tree_links_free(s.links);
	tree_free(s.owners.tree);
	o->part_of = s.part_of;
	return r < 0 ? say_error("%s: %s", o->file, strerror(-r)) : 0;
}

/* ------------------------------------------------------------------ packages */

/* "pkg:deb/debian/libc6@2.36?arch=amd64" → "libc6 (deb)": what stays when the version changes. */
static const char *package_key(struct arena *a, const json_t *package, const char *name)
{
	const json_t *refs = json_object_get(package, "externalRefs"), *j;
	size_t i;

	json_array_foreach(refs, i, j)
	{
		const char *purl = json_string_value(json_object_get(j, "referenceLocator"));

		if (purl && strncmp(purl, "pkg:", 4) == 0)
			return arena_printf(
				a, "%s (%.*s)", name, (int)strcspn(purl + 4, "/"), purl + 4);
	}
	return name;
}

static void add_version(json_t *packages, const char *key, const char *version)
{
	json_t *list = json_object_get(packages, key), *j;
	size_t i;

	if (!list) {
		list = json_array();
		(void)json_object_set_new(packages, key, list);
	}
	json_array_foreach(list, i, j)
	{
		int c = strcmp(json_string_value(j), version);

		if (c == 0)
			return;
		if (c > 0)
			break;
	}
	(void)json_array_insert_new(list, i, json_string(version));
}

static void read_packages(struct opened *o)
{
	size_t size = 0, i;
	const char *text = text_at(o->arena, o->root, "sbom.spdx.json", &size);
	json_t *doc = text ? json_loadb(text, size, 0, NULL) : NULL;
	const json_t *j;

	json_array_foreach(json_object_get(doc, "packages"), i, j)
	{
		const char *name = json_string_value(json_object_get(j, "name"));
		const char *version = json_string_value(json_object_get(j, "versionInfo"));

		if (name && version)
			add_version(o->packages, package_key(o->arena, j, name), version);
	}
	json_decref(doc);
}

int opened_sort(struct opened *o)
{
	int r = sort_files(o);

	if (r == 0)
		read_packages(o);
	return r;
}
