#include "component.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema.h"
#include "schema_look.h"

static const char file_name[] = "build.yml";
static const char default_org[] = "nanny";

static const char *without_slash(const char *path)
{
	return path + strspn(path, "/");
}

static size_t list_length(const struct ynode *map, const char *key)
{
	const struct ynode *n = ynode_get(map, key);

	return n ? n->n : 0;
}

/* The keys under which a row of a list has its two paths. */
struct row {
	const char *from, *to;
	int mode;
};

static void read_links(struct arena *a, const struct ynode *list, struct component_file *f)
{
	f->n_links = list ? list->n : 0;
	f->links = arena_alloc(a, f->n_links * sizeof(*f->links));
	for (size_t i = 0; i < f->n_links; i++)
		f->links[i] = list->item[i]->text;
}

static struct component_file *read_files(
	struct arena *a, const struct ynode *list, const struct row *row, size_t *ret_n)
{
	size_t n = list ? list->n : 0;
	struct component_file *files = arena_alloc(a, n * sizeof(*files));

	for (size_t i = 0; i < n; i++) {
		const struct ynode *item = list->item[i];
		const char *mode = ynode_str(item, "mode", "");
		const struct ynode *join;
		struct component_file *f = &files[i];

		f->at = item->at;
		f->mode = mode[0] ? octal_parse(mode) : row->mode;
		if (item->kind == YNODE_SCALAR) {
			f->from = without_slash(item->text);
			f->to = f->from;
			continue;
		}
		f->from = without_slash(ynode_str(item, row->from, ""));
		f->to = ynode_str(item, row->to, f->from);
		read_links(a, ynode_get(item, "links"), f);
		join = ynode_get(item, "join");
		f->join = join && ynode_bool(join);
	}
	*ret_n = n;
	return files;
}

static void inside_image(struct component_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		files[i].to = without_slash(files[i].to);
}

static void read_packages(struct arena *a, const struct ynode *list, struct component *c)
{
	static const struct row row = {"from", "to", -1};

	c->n_packages = list ? list->n : 0;
	c->packages = arena_alloc(a, c->n_packages * sizeof(*c->packages));
	for (size_t i = 0; i < c->n_packages; i++) {
		struct component_package *p = &c->packages[i];

		p->at = list->item[i]->at;
		p->name = ynode_str(list->item[i], "name", "");
		p->files = read_files(a, ynode_get(list->item[i], "files"), &row, &p->n_files);
		inside_image(p->files, p->n_files);
	}
}

const char *component_image_name(struct arena *a, const struct ynode *build)
{
	return arena_printf(
		a, "%s/%s", ynode_str(build, "org", default_org), ynode_str(build, "image", ""));
}

struct component *component_load(struct arena *a, struct diag *d, const char *dir)
{
	static const struct row binary = {"name", "to", 0755}, own = {"from", "to", 0644},
				symlink = {"path", "to", 0777};
	const struct ynode *doc = yaml_load(a, d, arena_printf(a, "%s/%s", dir, file_name));
	struct component *c = arena_alloc(a, sizeof(*c));

	if (!doc || schema_check(d, doc, &schema_component) < 0)
		return NULL;
	c->dir = arena_strdup(a, dir);
	c->image = component_image_name(a, doc);
	c->at = doc->at;
	c->config = ynode_get(doc, "config");
	read_packages(a, ynode_get(doc, "packages"), c);
	c->binaries = read_files(a, ynode_get(doc, "binaries"), &binary, &c->n_binaries);
	inside_image(c->binaries, c->n_binaries);
	c->files = read_files(a, ynode_get(doc, "files"), &own, &c->n_files);
	inside_image(c->files, c->n_files);
	c->symlinks = read_files(a, ynode_get(doc, "symlinks"), &symlink, &c->n_symlinks);
	c->n_directories = list_length(doc, "directories");
	c->directories = arena_alloc(a, c->n_directories * sizeof(*c->directories));
	for (size_t i = 0; i < c->n_directories; i++)
		c->directories[i] = without_slash(ynode_get(doc, "directories")->item[i]->text);
	return c;
}

struct found {
	struct arena *a;
	struct diag *d;
	struct component **list;
	size_t n, size;
};

static void found_add(struct found *f, const char *dir)
{
	struct component *c;

	if (access(arena_printf(f->a, "%s/%s", dir, file_name), F_OK) < 0)
		return;
	c = component_load(f->a, f->d, dir);
	if (!c)
		return;
	if (f->n == f->size) {
		struct component **more;

		f->size = f->size ? f->size * 2 : 16;
		more = arena_alloc(f->a, f->size * sizeof(struct component *));
		if (f->n)
			memcpy(more, f->list, f->n * sizeof(struct component *));
		f->list = more;
	}
	f->list[f->n++] = c;
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct component **component_find(struct arena *a, struct diag *d, const char *root, size_t *ret_n)
{
	static const char *const rooms[] = {"init", "onboot", "services"};
	struct found f = {.a = a, .d = d};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		const char *room = arena_printf(a, "%s/%s", root, rooms[i]);
		struct dirent **names;
		int n;

		found_add(&f, room);
		n = scandir(room, &names, is_visible, compare_names);
		for (int k = 0; k < n; k++) {
			found_add(&f, arena_printf(a, "%s/%s", room, names[k]->d_name));
			free(names[k]);
		}
		if (n >= 0)
			free(names);
	}
	for (size_t i = 0; i < f.n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(f.list[i]->image, f.list[k]->image))
				diag_error(d, f.list[i]->at, "'%s' is already the image of %s",
					f.list[i]->image, f.list[k]->dir);
		}
	}
	*ret_n = f.n;
	return f.list;
}
