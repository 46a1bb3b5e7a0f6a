#include "opened.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "diag.h"
#include "layer.h"
#include "mem.h"
#include "newc.h"

enum {
	KERNEL,
	MODULES,
	FILES,
	N_FIXED,
};

static char *text_at(struct arena *a, const struct tree *t, const char *path, size_t *ret_size)
{
	const struct tree_inode *f = tree_get(t, path);
	char *text;

	if (!f || !S_ISREG(f->mode))
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

/* ------------------------------------------------------------------ files → a tree */

/* tar-kernel-initrd: the initrd is a file in it, beside the kernel. */
static int read_inner(struct opened *o)
{
	struct tree *outer = o->root;
	const struct tree_inode *kernel = tree_get(outer, "kernel");
	size_t size = 0;
	char *initrd = text_at(o->arena, outer, "initrd.img", &size);
	int r;

	if (!initrd || !kernel || !newc_is(initrd, size))
		return 0;
	o->root = tree_new();
	r = newc_read(o->file, initrd, size, o->root);
	if (r == 0)
		r = tree_put(o->root, "boot/kernel", kernel);
	tree_free(outer);
	return r < 0 ? -1 : 0;
}

static bool is_tar(const uint8_t *data, size_t size)
{
	return size > 512 && memcmp(data + 257, "ustar", 5) == 0;
}

static int read_data(struct opened *o, const uint8_t *data, size_t size)
{
	if (is_tar(data, size))
		return layer_apply(o->root, o->file, NULL, NULL) < 0 ? -1 : read_inner(o);
	if (newc_is(data, size))
		return newc_read(o->file, data, size, o->root);
	return say_error("%s: neither an initrd nor a tar", o->file);
}

static int read_file(struct opened *o)
{
	int fd = open(o->file, O_RDONLY | O_CLOEXEC), r;
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		r = say_error("%s: %s", o->file, fd < 0 ? strerror(errno) : "no file");
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	o->size = st.st_size;
	data = mmap(NULL, (size_t)(st.st_size ? st.st_size : 1), PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (data == MAP_FAILED)
		return say_error("%s: %s", o->file, strerror(errno));
	r = read_data(o, data, (size_t)st.st_size);
	(void)munmap(data, (size_t)(st.st_size ? st.st_size : 1));
	return r;
}

/* What stands beside NAME-initrd.img goes where a tar has it. */
static int read_beside(struct opened *o, const char *base, const char *suffix, const char *path)
{
	const char *file = arena_printf(o->arena, "%s%s", base, suffix);
	int fd = open(file, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno == ENOENT ? 0 : say_error("%s: %s", file, strerror(errno));
	r = tree_put_fd(o->root, path, 0644, fd);
	(void)close(fd);
	return r < 0 ? say_error("%s: %s", file, strerror(-r)) : 0;
}

static int read_files(struct opened *o, const char *name)
{
	static const char suffix[] = "-initrd.img";
	size_t n = strlen(name), m = sizeof(suffix) - 1;
	const char *base = NULL;

	if (n > m && strcmp(name + n - m, suffix) == 0)
		base = arena_strndup(o->arena, name, n - m);
	else if (access(name, F_OK) < 0 &&
		 access(arena_printf(o->arena, "%s%s", name, suffix), F_OK) == 0)
		base = name;
	o->file = base ? arena_printf(o->arena, "%s%s", base, suffix) : name;
	if (read_file(o) < 0)
		return -1;
	if (!base)
		return 0;
	if (read_beside(o, base, "-kernel", "boot/kernel") < 0)
		return -1;
	return read_beside(o, base, "-cmdline", "boot/cmdline");
}

/* ------------------------------------------------------------------ a tree → components */

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

static size_t part_of(struct sort *s, const char *path)
{
	const struct tree_inode *owner = tree_get(s->owners.tree, path);

	if (strcmp(path, "boot/kernel") == 0)
		return KERNEL;
	if (owner && S_ISREG(owner->mode))
		return (size_t)owner->mtime;
	if (strncmp(path, "lib/modules/", 12) == 0 || strncmp(path, "usr/lib/modules/", 16) == 0)
		return MODULES;
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

	o->packages = json_object();
	json_array_foreach(json_object_get(doc, "packages"), i, j)
	{
		const char *name = json_string_value(json_object_get(j, "name"));
		const char *version = json_string_value(json_object_get(j, "versionInfo"));

		if (name && version)
			add_version(o->packages, package_key(o->arena, j, name), version);
	}
	json_decref(doc);
}

int opened_read(struct arena *a, const char *name, struct opened *ret)
{
	*ret = (struct opened){.arena = a, .root = tree_new()};
	if (read_files(ret, name) < 0 || sort_files(ret) < 0)
		return -1;
	read_packages(ret);
	return 0;
}

void opened_close(struct opened *o)
{
	tree_free(o->root);
	free(o->part);
	free((void *)o->part_of);
	json_decref(o->packages);
	*o = (struct opened){0};
}

const char *opened_title(struct arena *a, const struct opened_part *p)
{
	const char *name = p->name ? p->name : p->path || !p->image ? "" : p->image;

	return arena_printf(a, "%s%s%s", p->kind, *name ? " " : "", name);
}
