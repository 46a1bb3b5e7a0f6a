/* The options (images.h), and nanny lock. */
#include "images.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "alias.h"

bool images_option(struct images *o, int c, const char *value)
{
	if (c == 'P')
		o->is_pull = true;
	else if (c == 'L')
		o->is_locked = true;
	else if (c == 'A')
		o->authfile = value;
	else
		return false;
	return true;
}

int images_apply(const struct images *o, struct image_ctx *ctx, const char *config)
{
	const char *file = pins_file(ctx->arena, config);

	/* skopeo is started in our environment, and finds it there. */
	if (o->authfile && setenv("REGISTRY_AUTH_FILE", o->authfile, 1) < 0)
		return say_error("%s", strerror(errno));
	stamp_input(ctx->stamp, file);
	ctx->is_pull = o->is_pull;
	ctx->is_locked = o->is_locked;
	ctx->pins = pins_load(ctx->arena, ctx->diag, file);
	if (!ctx->pins)
		return -1;
	if (o->is_locked && access(file, F_OK) < 0) {
		diag_error(ctx->diag, (struct mark){.file = file},
			"--locked wants this file, and there is none: `nanny lock %s` makes it",
			config);
		return -1;
	}
	return 0;
}

/* Every image that the files name, and the board's where they name none; -1 when one is not found.
 */
static int resolve_all(struct image_ctx *ctx, const struct config *c)
{
	const struct {
		const struct entry *entry;
		size_t n;
	} lists[] = {{c->onboot, c->n_onboot}, {c->onshutdown, c->n_onshutdown},
		{c->services, c->n_services}};
	int r = 0;

	if (c->kernel.image.name && !alias_is_board(ctx, c->kernel.image.name) &&
		!image_resolve(ctx, &c->kernel.image))
		r = -1;
	for (size_t i = 0; i < c->n_init; i++)
		if (!image_resolve(ctx, &c->init[i]))
			r = -1;
	for (size_t i = 0; c->n_init == 0 && i < ctx->board->n_init; i++) {
		const struct image_ref ref = {ctx->board->init[i], ctx->board->kernel_at};

		if (!image_resolve(ctx, &ref))
			r = -1;
	}
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (size_t i = 0; i < lists[k].n; i++)
			if (!image_resolve(ctx, &lists[k].entry[i].image))
				r = -1;
	for (size_t i = 0; i < c->n_volumes; i++)
		if (c->volumes[i].image.name && !image_resolve(ctx, &c->volumes[i].image))
			r = -1;
	return r;
}

static struct pins *collect(struct image_ctx *ctx, const char *file)
{
	struct pins *p = arena_alloc(ctx->arena, sizeof(*p));
	size_t n = 0;

	for (const struct image *img = ctx->seen; img; img = img->next)
		n++;
	p->file = file;
	p->pin = arena_alloc(ctx->arena, n * sizeof(*p->pin));
	for (const struct image *img = ctx->seen; img; img = img->next)
		if (img->pin_name && !pins_get(p, img->pin_name))
			p->pin[p->n++] = (struct pin){img->pin_name, img->pin_digest};
	return p;
}

static void print_changes(const struct pins *now, const struct pins *was)
{
	for (size_t i = 0; i < now->n; i++) {
		const char *old = pins_get(was, now->pin[i].image);

		if (!old)
			say_progress("%s is %s", now->pin[i].image, now->pin[i].digest);
		else if (strcmp(old, now->pin[i].digest) != 0)
			say_progress(
				"%s was %s, is %s", now->pin[i].image, old, now->pin[i].digest);
	}
	for (size_t i = 0; i < was->n; i++)
		if (!pins_get(now, was->pin[i].image))
			say_progress("%s is not used any more", was->pin[i].image);
	if (now->n)
		say_progress("%s: %zu image%s", now->file, now->n, now->n == 1 ? "" : "s");
	else
		say_progress(
			"%s: no image comes from a registry; there is nothing to lock", now->file);
}

static void print_json(const struct pins *now, const struct pins *was)
{
	json_t *list = json_array(),
	       *all = json_pack("{s:s, s:o}", "file", now->file, "images", list);

	for (size_t i = 0; i < now->n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?}", "image", now->pin[i].image, "digest",
				      now->pin[i].digest, "was", pins_get(was, now->pin[i].image)));
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

struct options {
	struct images images;
	const char *board, *alias;
	bool json;
};

static int lock_images(struct verb_env *env, struct diag *d, const struct options *o,
	const char *const *configs, size_t n)
{
	const struct config *c = config_load(env->arena, d, configs, n);
	struct image_ctx ctx;
	const struct pins *was;
	struct pins *now;

	if (verb_images(env, d, o->board, &ctx) < 0 || !c ||
		(o->alias && alias_load(&ctx, o->alias) < 0) ||
		images_apply(&o->images, &ctx, configs[0]) < 0)
		return -1;
	was = ctx.pins;
	ctx.pins = NULL;
	if (resolve_all(&ctx, c) < 0)
		return -1;
	now = collect(&ctx, was->file);
	if (pins_save(env->arena, now, configs[0]) < 0)
		return -1;
	if (o->json)
		print_json(now, was);
	else
		print_changes(now, was);
	return 0;
}

int verb_lock(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {{"board", required_argument, NULL, 'b'},
		{"json", no_argument, NULL, 'j'}, {"authfile", required_argument, NULL, 'A'},
		{"alias", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	struct options o = {.images.is_pull = true};
	struct diag *d;
	int c, r;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c == 'b')
			o.board = optarg;
		else if (c == 'j')
			o.json = true;
		else if (c == 'a')
			o.alias = optarg;
		else if (!images_option(&o.images, c, optarg))
			return EXIT_BAD_INPUT;
	}
	if (optind == argc)
		return verb_usage(argv[0], "name a YAML file");
	d = diag_new();
	r = lock_images(env, d, &o, (const char *const *)argv + optind, (size_t)(argc - optind));
	r = verb_finish(d, o.json, r < 0 ? EXIT_FAILED : EXIT_GOOD);
	diag_free(d);
	return r;
}
