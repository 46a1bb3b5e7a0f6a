/*
 * nanny check: everything that can be wrong with YAML files, without an image, the network or a
 * written file.  With --images, every image is found too, and every container's configuration made.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "alias.h"
#include "images.h"

struct options {
	bool images, json;
	struct images how; /* the images are found */
	const char *board, *alias;
};

/* 0; -1 when an image cannot be found for a reason that is not in the files. */
static int resolve(struct image_ctx *ctx, const struct image_ref *ref, struct image **ret)
{
	int before = diag_count(ctx->diag);

	*ret = ref->name ? image_resolve(ctx, ref) : NULL;
	return *ret || !ref->name || diag_count(ctx->diag) > before ? 0 : -1;
}

/* What USER of the image means is written in the image's files. */
static int read_accounts(struct image_ctx *ctx, struct image *img)
{
	struct tree *t;

	if (!img->config.user || img->config.accounts.passwd)
		return 0;
	t = image_unpack(ctx, img);
	if (!t)
		return -1;
	img->config.accounts = accounts_read(ctx->arena, t);
	tree_free(t);
	return 0;
}

static int check_entry(struct image_ctx *ctx, const struct config *c, const struct entry *e)
{
	static const struct spec_paths paths = {"/containers/check", "/containers/check/lower"};
	struct image *img;
	struct spec spec;
	int r = resolve(ctx, &e->image, &img);

	if (img && read_accounts(ctx, img) < 0)
		return -1;
	if (img)
		(void)spec_make(ctx->arena, ctx->diag, c, e, &img->config, &paths, &spec);
	return r;
}

static int check_init(struct image_ctx *ctx, const struct config *c)
{
	struct image *img;
	int r = 0;

	for (size_t i = 0; i < c->n_init; i++)
		r |= resolve(ctx, &c->init[i], &img);
	for (size_t i = 0; c->n_init == 0 && i < ctx->board->n_init; i++) {
		struct image_ref ref = {ctx->board->init[i], ctx->board->kernel_at};

		r |= resolve(ctx, &ref, &img);
	}
	return r;
}

/* All of them, so that all that is wrong is seen at once. */
static int check_images(struct image_ctx *ctx, const struct config *c)
{
	struct image *img;
	const char *kernel = c->kernel.image.name;
	int r = 0;

	if (kernel && !alias_is_board(ctx, kernel))
		r = resolve(ctx, &c->kernel.image, &img);
	r |= check_init(ctx, c);
	for (size_t i = 0; i < c->n_onboot; i++)
		r |= check_entry(ctx, c, &c->onboot[i]);
	for (size_t i = 0; i < c->n_onshutdown; i++)
		r |= check_entry(ctx, c, &c->onshutdown[i]);
	for (size_t i = 0; i < c->n_services; i++)
		r |= check_entry(ctx, c, &c->services[i]);
	for (size_t i = 0; i < c->n_volumes; i++)
		r |= resolve(ctx, &c->volumes[i].image, &img);
	return r;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {{"images", no_argument, NULL, 'i'},
		{"json", no_argument, NULL, 'j'}, {"board", required_argument, NULL, 'b'},
		{"alias", required_argument, NULL, 'a'}, IMAGES_OPTIONS, {NULL, 0, NULL, 0}};
	int c;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c == 'i')
			o->images = true;
		else if (c == 'j')
			o->json = true;
		else if (c == 'b')
			o->board = optarg;
		else if (c == 'a')
			o->alias = optarg;
		else if (!images_option(&o->how, c, optarg))
			return -1;
	}
	return optind < argc ? 0 : verb_usage(argv[0], "name a YAML file");
}

int verb_check(struct verb_env *env, int argc, char **argv)
{
	struct options o = {.board = NULL};
	struct diag *d = diag_new();
	struct image_ctx ctx;
	struct config *c;
	int r = 0;

	if (parse_options(argc, argv, &o) != 0) {
		diag_free(d);
		return EXIT_BAD_INPUT;
	}
	c = config_load(env->arena, d, (const char *const *)argv + optind, (size_t)(argc - optind));
	if (o.board && !o.images)
		(void)board_load(
			env->arena, d, arena_printf(env->arena, "%s/boards", env->root), o.board);
	if (o.images && verb_images(env, d, o.board, &ctx) == 0 &&
		(!o.alias || alias_load(&ctx, o.alias) == 0) && c &&
		images_apply(&o.how, &ctx, argv[optind]) == 0)
		r = check_images(&ctx, c);
	/* A program reads an array, be it empty. */
	if (o.json && diag_count(d) == 0)
		diag_print_json(d);
	r = verb_finish(d, o.json, r < 0 ? EXIT_FAILED : EXIT_GOOD);
	diag_free(d);
	return r;
}
