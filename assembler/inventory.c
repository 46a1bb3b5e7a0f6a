#include "inventory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

void inventory_add(struct layout *l, const struct inventory_note *note)
{
	struct inventory_note **last = &l->notes;

	while (*last)
		last = &(*last)->next;
	*last = arena_alloc(l->arena, sizeof(**last));
	**last = *note;
}

static int name_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	if (!S_ISDIR(f->mode))
		(void)json_array_append_new(ctx, json_string(path));
	return 0;
}

static json_t *describe(const struct inventory_note *n)
{
	const struct image *img = n->image;
	const char *slash = img && strchr(img->name, ':') ? strrchr(img->name, '/') : NULL;
	bool is_path = img && (strncmp(img->name, "oci:", 4) == 0 ||
				      strncmp(img->name, "docker-archive:", 15) == 0);
	json_t *j = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*}", "kind", n->kind, "name", n->name,
		/* Folders of the machine that built it are nobody's business. */
		"image", img ? (is_path && slash ? slash + 1 : img->name) : NULL, "digest",
		img ? img->pin_digest ? img->pin_digest : img->digest : NULL, "path", n->path);
	json_t *files = n->files ? json_array() : NULL;

	if (files) {
		(void)tree_walk(n->files, name_visit, files);
		(void)json_object_set_new(j, "files", files);
	}
	return j;
}

int inventory_put(struct layout *l)
{
	json_t *list = json_array();
	json_t *all = json_pack("{s:s, s:s, s:o}", "nanny", VERSION, "board", l->ctx->board->name,
		"components", list);
	char *text;
	int r;

	for (const struct inventory_note *n = l->notes; n; n = n->next)
		(void)json_array_append_new(list, describe(n));
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	r = layout_put_text(l, "etc/nanny/image.json", 0644, text ? text : "{}");
	free(text);
	return r;
}
