#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_refs.h"
#include "schema.h"
#include "schema_look.h"
#include "template.h"

struct reader {
	struct arena *a;
	struct diag *d;
	struct config *c;
};

static const struct ynode *get_list(const struct ynode *doc, const char *key)
{
	static const struct ynode empty = {.kind = YNODE_LIST};
	const struct ynode *n = ynode_get(doc, key);

	return n && n->kind == YNODE_LIST ? n : &empty;
}

static size_t count_items(const struct config *c, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_docs; i++)
		n += get_list(c->docs[i], key)->n;
	return n;
}

static const char *folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : "";
}

/* A template that could not be resolved has been complained about already. */
static struct image_ref read_image(const struct ynode *n)
{
	if (!n || n->kind != YNODE_SCALAR || !n->text[0])
		return (struct image_ref){0};
	return (struct image_ref){n->text, n->at};
}

static void override(const char **field, const struct ynode *kernel, const char *key)
{
	const char *text = ynode_str(kernel, key, "");

	if (text[0])
		*field = text;
}

static void read_kernel(struct reader *r, const struct ynode *kernel)
{
	struct config *c = r->c;
	const char *text;

	if (ynode_str(kernel, "image", "")[0])
		c->kernel.image = read_image(ynode_get(kernel, "image"));
	override(&c->kernel.cmdline, kernel, "cmdline");
	override(&c->kernel.binary, kernel, "binary");
	text = ynode_str(kernel, "tar", NULL);
	if (text)
		c->kernel.tar = text[0] && strcmp(text, "none") != 0 ? text : NULL;
	text = ynode_str(kernel, "ucode", NULL);
	if (text)
		c->kernel.ucode = text[0] ? text : NULL;
}

static void read_entries(
	const struct ynode *list, enum entry_kind kind, struct entry *to, size_t *n)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *node = list->item[i];

		to[*n].kind = kind;
		to[*n].node = node;
		to[*n].name = ynode_str(node, "name", "");
		to[*n].image = read_image(ynode_get(node, "image"));
		(*n)++;
	}
}

static void read_volumes(struct reader *r, const struct ynode *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *node = list->item[i], *readonly = ynode_get(node, "readonly"),
				   *persistent = ynode_get(node, "persistent");
		struct volume *v = &r->c->volumes[r->c->n_volumes++];

		v->name = ynode_str(node, "name", "");
		v->at = ynode_get(node, "name") ? ynode_get(node, "name")->at : node->at;
		v->image = read_image(ynode_get(node, "image"));
		v->readonly = readonly && ynode_bool(readonly);
		v->is_layout = strcmp(ynode_str(node, "format", ""), "oci") == 0;
		v->platforms = ynode_get(node, "platforms");
		v->persistent = persistent && ynode_bool(persistent);
	}
}

static const char *find_source(struct arena *a, const char *source, const char *yaml)
{
	const char *home = getenv("HOME"), *beside;

	if (!strncmp(source, "~/", 2) && home)
		return arena_printf(a, "%s%s", home, source + 1);
	if (source[0] == '/')
		return source;
	beside = arena_printf(a, "%s%s", folder_of(a, yaml), source);
	return access(beside, F_OK) < 0 && access(source, F_OK) == 0 ? source : beside;
}

/* The kind is the one key that says something; the schema has seen to it that there is one. */
static void read_file_kind(struct reader *r, const struct ynode *node, struct file *f)
{
	const struct ynode *directory = ynode_get(node, "directory");
	const char *symlink = ynode_str(node, "symlink", "");
	const char *contents = ynode_str(node, "contents", NULL);
	const char *source = ynode_str(node, "source", "");

	if (directory && ynode_bool(directory)) {
		f->kind = FILE_DIRECTORY;
	} else if (symlink[0]) {
		f->kind = FILE_SYMLINK;
		f->value = symlink;
	} else if (contents) {
		f->kind = FILE_CONTENTS;
		f->value = contents;
	} else if (source[0]) {
		f->kind = FILE_SOURCE;
		f->value = find_source(r->a, source, node->at.file);
	} else {
		f->kind = FILE_METADATA;
		f->value = ynode_str(node, "metadata", "");
	}
}

static void read_files(struct reader *r, const struct ynode *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *node = list->item[i], *optional = ynode_get(node, "optional");
		struct file *f = &r->c->files[r->c->n_files++];
		const char *mode = ynode_str(node, "mode", "");

		f->at = node->at;
		f->path = ynode_str(node, "path", "");
		f->path += strspn(f->path, "/");
		f->optional = optional && ynode_bool(optional);
		read_file_kind(r, node, f);
		f->mode = f->kind == FILE_DIRECTORY ? 0700 : 0600;
		if (mode[0])
			f->mode = octal_parse(mode);
	}
}

/* After the entries of all files are known. */
static void read_owners(struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->c->n_docs; i++) {
		const struct ynode *list = get_list(r->c->docs[i], "files");

		for (size_t k = 0; k < list->n; k++, n++) {
			refs_id(r->c, r->d, ynode_get(list->item[k], "uid"), &r->c->files[n].uid);
			refs_id(r->c, r->d, ynode_get(list->item[k], "gid"), &r->c->files[n].gid);
		}
	}
}

static void make_room(struct arena *a, struct config *c)
{
	c->init = arena_alloc(a, count_items(c, "init") * sizeof(*c->init));
	c->onboot = arena_alloc(a, count_items(c, "onboot") * sizeof(*c->onboot));
	c->onshutdown = arena_alloc(a, count_items(c, "onshutdown") * sizeof(*c->onshutdown));
	c->services = arena_alloc(a, count_items(c, "services") * sizeof(*c->services));
	c->volumes = arena_alloc(a, count_items(c, "volumes") * sizeof(*c->volumes));
	c->files = arena_alloc(a, count_items(c, "files") * sizeof(*c->files));
}

static void read_doc(struct reader *r, const struct ynode *doc)
{
	struct config *c = r->c;
	const struct ynode *init = get_list(doc, "init");

	read_kernel(r, ynode_get(doc, "kernel"));
	for (size_t i = 0; i < init->n; i++)
		c->init[c->n_init++] = read_image(init->item[i]);
	read_entries(get_list(doc, "onboot"), ENTRY_ONBOOT, c->onboot, &c->n_onboot);
	read_entries(
		get_list(doc, "onshutdown"), ENTRY_ONSHUTDOWN, c->onshutdown, &c->n_onshutdown);
	read_entries(get_list(doc, "services"), ENTRY_SERVICE, c->services, &c->n_services);
	read_volumes(r, get_list(doc, "volumes"));
	read_files(r, get_list(doc, "files"));
}

struct config *config_load(
	struct arena *a, struct diag *d, const char *const *paths, size_t n_paths)
{
	struct config *c = arena_alloc(a, sizeof(*c));
	struct reader r = {.a = a, .d = d, .c = c};
	int before = diag_count(d);

	c->kernel.cmdline = "";
	c->kernel.binary = "kernel";
	c->kernel.tar = "kernel.tar";
	c->paths = arena_alloc(a, n_paths * sizeof(*c->paths));
	c->docs = arena_alloc(a, n_paths * sizeof(*c->docs));
	for (size_t i = 0; i < n_paths; i++) {
		struct ynode *doc = yaml_load(a, d, paths[i]);

		if (!doc)
			continue;
		if (template_resolve(a, d, doc))
			c->has_git_tags = true;
		/* What it names counts even when it is wrong, or its friends would seem wrong. */
		(void)schema_check(d, doc, &schema_linuxkit);
		c->paths[c->n_docs] = arena_strdup(a, paths[i]);
		c->docs[c->n_docs++] = doc;
	}
	make_room(a, c);
	for (size_t i = 0; i < c->n_docs; i++)
		read_doc(&r, c->docs[i]);
	/* A file that could not be read may define any name. */
	if (c->n_docs == n_paths) {
		read_owners(&r);
		refs_check(a, c, d);
	}
	return diag_count(d) == before ? c : NULL;
}
