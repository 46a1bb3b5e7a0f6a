#include "alias.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "yaml.h"

static const char board_word[] = "board";

struct alias {
	const char *name;   /* complete, or without a tag: for any */
	const char *target; /* what is looked for instead */
	struct alias *next; /* image_ctx::aliases */
};

/* "host:5000/a:1@sha256:…" → "host:5000/a" */
static const char *without_tag(struct arena *a, const char *full)
{
	size_t n = strcspn(full, "@");
	const char *slash = memrchr(full, '/', n);
	const char *from = slash ? slash : full;
	const char *colon = memchr(from, ':', n - (size_t)(from - full));

	return arena_strndup(a, full, colon ? (size_t)(colon - full) : n);
}

static bool has_tag(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash ? slash : name, ":@") != NULL;
}

static const char *key_of(struct arena *a, const char *written)
{
	const char *full = image_full_name(a, written);

	return has_tag(written) ? full : without_tag(a, full);
}

static const struct alias *find(const struct image_ctx *ctx, const char *key)
{
	for (const struct alias *i = ctx->aliases; i; i = i->next)
		if (strcmp(i->name, key) == 0)
			return i;
	return NULL;
}

const char *alias_of(const struct image_ctx *ctx, const char *name)
{
	const char *full;
	const struct alias *i;

	if (!ctx->aliases)
		return name;
	full = image_full_name(ctx->arena, name);
	i = find(ctx, full);
	if (!i)
		i = find(ctx, without_tag(ctx->arena, full));
	return i ? i->target : name;
}

bool alias_is_board(const struct image_ctx *ctx, const char *name)
{
	return strcmp(alias_of(ctx, name), board_word) == 0;
}

static bool is_folder(const char *target)
{
	return target[0] == '/' || strncmp(target, "./", 2) == 0 || strncmp(target, "../", 3) == 0;
}

static int add_component(struct image_ctx *ctx, struct mark at, const struct component *c)
{
	struct component **all;

	for (size_t i = 0; i < ctx->n_components; i++) {
		const struct component *other = ctx->components[i];

		if (strcmp(other->dir, c->dir) == 0)
			return 0;
		if (strcmp(other->image, c->image) == 0) {
			diag_error(ctx->diag, at, "'%s' in %s is already the image of %s", c->image,
				c->dir, other->dir);
			return -1;
		}
	}
	all = arena_alloc(ctx->arena, (ctx->n_components + 1) * sizeof(struct component *));
	if (ctx->n_components)
		memcpy(all, ctx->components, ctx->n_components * sizeof(struct component *));
	all[ctx->n_components++] = (struct component *)c;
	ctx->components = all;
	return 0;
}

/* The component's image; NULL with the reason in ctx->diag. */
static const char *load_folder(struct image_ctx *ctx, const char *file, const struct ynode *target)
{
	const char *slash = strrchr(file, '/');
	const char *dir = target->text;
	const struct component *c;

	if (dir[0] != '/' && slash)
		dir = arena_printf(ctx->arena, "%.*s/%s", (int)(slash - file), file,
			strncmp(dir, "./", 2) == 0 ? dir + 2 : dir);
	file = arena_printf(ctx->arena, "%s/build.yml", dir);
	if (access(file, R_OK) < 0) {
		diag_error(ctx->diag, target->at, "there is no component in '%s': %s: %s", dir,
			file, strerror(errno));
		return NULL;
	}
	c = component_load(ctx->arena, ctx->diag, dir);
	return c && add_component(ctx, target->at, c) == 0 ? c->image : NULL;
}

static int load_row(struct image_ctx *ctx, const char *file, const struct ynode *doc, size_t i)
{
	const struct ynode *target = doc->item[i];
	const char *key = key_of(ctx->arena, doc->key[i]), *text;
	struct alias *row;

	if (target->kind != YNODE_SCALAR || !target->text[0]) {
		diag_error(ctx->diag, target->at,
			"'%s' needs what to take instead: an image's name, ./FOLDER or board",
			doc->key[i]);
		return -1;
	}
	if (find(ctx, key)) {
		diag_error(ctx->diag, doc->key_at[i], "'%s' has an alias already", key);
		return -1;
	}
	text = is_folder(target->text) ? load_folder(ctx, file, target) : target->text;
	if (!text)
		return -1;
	row = arena_alloc(ctx->arena, sizeof(*row));
	*row = (struct alias){key, text, ctx->aliases};
	ctx->aliases = row;
	return 0;
}

int alias_load(struct image_ctx *ctx, const char *path)
{
	const struct ynode *doc = yaml_load(ctx->arena, ctx->diag, path);
	int bad = 0;

	stamp_input(ctx->stamp, path);
	if (!doc)
		return -1;
	if (doc->kind != YNODE_MAP) {
		diag_error(ctx->diag, doc->at, "a file of aliases is a mapping: NAME: INSTEAD");
		return -1;
	}
	for (size_t i = 0; i < doc->n; i++)
		if (load_row(ctx, path, doc, i) < 0)
			bad = -1;
	return bad;
}
