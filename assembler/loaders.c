#include "loaders.h"

#include <string.h>

#include "boot.h"

enum {
	LOADERS_MAX = 32,
};

bool loaders_has(const struct image_ctx *ctx, const char *package)
{
	for (size_t i = 0; i < ctx->n_loaders; i++)
		if (strcmp(ctx->loaders[i], package) == 0)
			return true;
	return false;
}

static void add(struct image_ctx *ctx, const char *package)
{
	if (!ctx->loaders)
		ctx->loaders = arena_alloc(ctx->arena, LOADERS_MAX * sizeof(*ctx->loaders));
	if (!loaders_has(ctx, package) && ctx->n_loaders < LOADERS_MAX)
		ctx->loaders[ctx->n_loaders++] = package;
}

static void add_all(struct image_ctx *ctx, const char *const packages[LOADERS_OF_ONE])
{
	for (size_t i = 0; i < LOADERS_OF_ONE && packages[i]; i++)
		add(ctx, packages[i]);
}

/* What the board's way of starting brings, and the files of its own. */
static int add_board(struct image_ctx *ctx)
{
	const struct board *b = ctx->board;
	const struct component *c;

	if (!b->boot.how)
		return 0;
	add_all(ctx, b->boot.how->packages);
	if (!b->boot.files)
		return 0;
	c = component_load(ctx->arena, ctx->diag,
		arena_printf(ctx->arena, "%s/boards/%s", ctx->root, b->boot.files));
	for (size_t i = 0; c && i < c->n_packages; i++)
		add(ctx, c->packages[i].name);
	return c ? 0 : -1;
}

int loaders_find(struct image_ctx *ctx, const struct format_list *formats)
{
	bool has_board = false;

	for (size_t i = 0; i < formats->n_formats; i++) {
		add_all(ctx, formats->format[i]->packages);
		has_board |= formats->format[i]->starts_as_board;
	}
	return has_board ? add_board(ctx) : 0;
}
