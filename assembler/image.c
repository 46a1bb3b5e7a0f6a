#include "image.h"

#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "cache.h"
#include "layer.h"
#include "oci.h"
#include "pkg.h"
#include "pull.h"
#include "nearest.h"
#include "sbom.h"
#include "schema.h"
#include "sha256.h"

static const struct component *component_named(struct image_ctx *ctx, const char *name)
{
	for (size_t i = 0; i < ctx->n_components; i++) {
		const char *image = ctx->components[i]->image;
		size_t n = strlen(image);

		if (strncmp(name, image, n) == 0 && (!name[n] || strcmp(name + n, ":latest") == 0))
			return ctx->components[i];
	}
	return NULL;
}

/* Where an image was looked for, and what was there instead. */
struct found {
	struct oci_image *oci;
	enum oci_found state;
	const char *why;
	const char *pin_name, *pin_digest; /* as in struct image */
	const struct component *component;
};

static void look(struct image_ctx *ctx, struct found *f, const char *dir, const char *ref)
{
	const char *why;

	f->state = oci_find(ctx->arena, dir, ref, image_arch(ctx->board->arch), f->oci);
	why = f->oci->why;
	if (f->state == OCI_ABSENT && why)
		f->why = f->why ? arena_printf(ctx->arena, "%s; %s", f->why, why) : why;
}

static void find_component(struct image_ctx *ctx, struct found *f, const struct component *c)
{
	if (pkg_build(ctx, c) < 0)
		f->state = OCI_BROKEN;
	else
		look(ctx, f, image_layout(ctx), c->image);
}

/* oci:DIR[:TAG] */
static void find_oci(struct image_ctx *ctx, struct found *f, const char *rest)
{
	size_t n = strcspn(rest, ":");
	const char *dir = arena_strndup(ctx->arena, rest, n);

	stamp_input(ctx->stamp, arena_printf(ctx->arena, "%s/index.json", dir));
	look(ctx, f, dir, rest[n] ? rest + n + 1 : NULL);
	f->pin_digest = f->oci->top;
}

/* docker-archive:FILE[:TAG] */
static void find_archive(struct image_ctx *ctx, struct found *f, const char *name)
{
	const char *rest = strchr(name, ':') + 1;
	const char *file = arena_strndup(ctx->arena, rest, strcspn(rest, ":"));
	struct pull q = {.arena = ctx->arena, .name = name, .arch = image_arch(ctx->board->arch)};
	const char *dir;

	stamp_input(ctx->stamp, file);
	f->state = pull_archive(&q, file, &dir, &f->why);
	if (f->state == OCI_FOUND)
		look(ctx, f, dir, NULL);
	f->pin_digest = q.digest;
}

/* A pinned image is asked for by its digest, so that its name may have moved on meanwhile. */
static void find_in_registry(struct image_ctx *ctx, struct found *f, const char *full)
{
	const char *pinned = pins_get(ctx->pins, full), *dir, *why = NULL;
	struct pull q = {
		.arena = ctx->arena,
		.name = full,
		.arch = image_arch(ctx->board->arch),
		.digest = ctx->is_pull ? NULL : pinned,
		.is_again = ctx->is_pull,
	};

	if (ctx->is_locked && !pinned)
		return; /* it will be refused: nothing is downloaded for that */
	f->state = pull_registry(&q, &dir, &why);
	if (q.remember)
		stamp_input(ctx->stamp, q.remember);
	if (f->state == OCI_FOUND)
		look(ctx, f, dir, NULL);
	else if (why)
		f->why = arena_printf(ctx->arena, "%s; %s", f->why, why);
	f->pin_digest = q.digest;
}

/* Names of ours come from nowhere else: a registry would only say that it does not know them. */
static bool is_ours(struct image_ctx *ctx, struct found *f, const char *name)
{
	static const char ours[] = "nanny/";
	struct nearest near = nearest_to(name);
	const char *best;

	if (f->state != OCI_ABSENT || strncmp(name, ours, strlen(ours)) != 0)
		return false;
	for (size_t i = 0; i < ctx->n_components; i++)
		nearest_try(&near, ctx->components[i]->image);
	best = nearest_best(&near);
	f->why = best ? arena_printf(ctx->arena, "did you mean '%s'?", best)
		      : "there is no such component here";
	return true;
}

static void find_by_name(struct image_ctx *ctx, struct found *f, const char *name)
{
	const char *full = image_full_name(ctx->arena, name);
	const char *layout = image_layout(ctx);

	f->pin_name = full;
	look(ctx, f, layout, name);
	if (f->state == OCI_ABSENT && strcmp(full, name) != 0) {
		f->why = NULL;
		look(ctx, f, layout, full);
	}
	f->pin_digest = f->oci->top;
	if (f->state == OCI_ABSENT && !is_ours(ctx, f, name))
		find_in_registry(ctx, f, full);
}

static void find(struct image_ctx *ctx, struct found *f, const char *name)
{
	const struct component *c = component_named(ctx, name);

	f->pin_name = c ? NULL : name;
	f->component = c;
	if (c)
		find_component(ctx, f, c);
	else if (strncmp(name, "oci:", 4) == 0)
		find_oci(ctx, f, name + 4);
	else if (strncmp(name, "docker-archive:", 15) == 0)
		find_archive(ctx, f, name);
	else
		find_by_name(ctx, f, name);
}

/* NAME.lock has the last word.  0, or -1 with the reason in ctx->diag. */
static int check_pin(struct image_ctx *ctx, const struct found *f, const struct image_ref *ref)
{
	const char *pinned = f->pin_name ? pins_get(ctx->pins, f->pin_name) : NULL;
	const char *file = ctx->pins ? ctx->pins->file : "";

	if (!f->pin_name || (!pinned && !ctx->is_locked))
		return 0;
	if (!pinned) {
		diag_error(ctx->diag, ref->at,
			"image '%s'%s%s is not in %s: `nanny lock` puts it there", ref->name,
			f->pin_digest ? " is now " : "", f->pin_digest ? f->pin_digest : "", file);
		return -1;
	}
	if (f->state != OCI_FOUND || strcmp(pinned, f->pin_digest) == 0)
		return 0;
	if (ctx->is_locked) {
		diag_error(ctx->diag, ref->at, "image '%s' is now %s, but %s in %s", ref->name,
			f->pin_digest, pinned, file);
		return -1;
	}
	say_progress("%s is now %s, but %s in %s", ref->name, f->pin_digest, pinned, file);
	return 0;
}

static const char **strings(struct arena *a, const struct ynode *list)
{
	const char **s;
	size_t n = 0;

	if (!list || list->kind != YNODE_LIST || list->n == 0)
		return NULL;
	s = arena_alloc(a, (list->n + 1) * sizeof(*s));
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i]->text)
			s[n++] = list->item[i]->text;
	return s;
}

static int read_label(struct image_ctx *ctx, struct image *img, const struct ynode *config)
{
	const char *text = ynode_str(ynode_get(config, "Labels"), "org.mobyproject.config", NULL);
	const char *where;

	if (!text || !*text)
		return 0;
	where = arena_printf(ctx->arena, "image %s: label org.mobyproject.config", img->name);
	img->config.label = yaml_parse(ctx->arena, ctx->diag, where, text, strlen(text));
	if (!img->config.label)
		return -1;
	return schema_check_label(ctx->diag, img->config.label);
}

static int read_config(struct image_ctx *ctx, struct image *img)
{
	const char *text = img->oci->config;
	const char *where = arena_printf(ctx->arena, "image %s: config", img->name);
	const struct ynode *doc = yaml_parse(ctx->arena, ctx->diag, where, text, strlen(text));
	const struct ynode *config = ynode_get(doc, "config");
	const char *workdir = ynode_str(config, "WorkingDir", "");
	const char *user = ynode_str(config, "User", "");

	if (!doc)
		return -1;
	img->config.entrypoint = strings(ctx->arena, ynode_get(config, "Entrypoint"));
	img->config.cmd = strings(ctx->arena, ynode_get(config, "Cmd"));
	img->config.env = strings(ctx->arena, ynode_get(config, "Env"));
	img->config.workdir = *workdir ? workdir : NULL;
	img->config.user = *user ? user : NULL;
	return config ? read_label(ctx, img, config) : 0;
}

struct image *image_resolve(struct image_ctx *ctx, const struct image_ref *ref)
{
	struct found f = {.oci = arena_alloc(ctx->arena, sizeof(*f.oci))};
	const char *name;
	struct image *img;

	for (img = ctx->seen; img; img = img->next)
		if (strcmp(img->name, ref->name) == 0)
			return img;
	if (alias_is_board(ctx, ref->name)) {
		diag_error(ctx->diag, ref->at,
			"'%s' is an alias of the board's kernel: it can stand at kernel.image only",
			ref->name);
		return NULL;
	}
	name = alias_of(ctx, ref->name);
	find(ctx, &f, name);
	if (check_pin(ctx, &f, ref) < 0)
		return NULL;
	if (f.state == OCI_ABSENT)
		diag_error(ctx->diag, ref->at, "image '%s'%s%s%s not found: %s", ref->name,
			name == ref->name ? "" : " (alias of '", name == ref->name ? "" : name,
			name == ref->name ? "" : "')", f.why ? f.why : "nothing has this name");
	if (f.state != OCI_FOUND)
		return NULL;
	img = arena_alloc(ctx->arena, sizeof(*img));
	img->name = ref->name;
	img->digest = f.oci->digest;
	img->component = f.component;
	img->pin_name = f.pin_name;
	img->pin_digest = f.pin_digest;
	img->oci = f.oci;
	if (read_config(ctx, img) < 0)
		return NULL;
	img->next = ctx->seen;
	ctx->seen = img;
	return img;
}

/*
 * In the cache or our own layout, a layer that is not what its name says is of no use: without it,
 * the image is brought or made again.
 */
static void forget_damaged(struct image_ctx *ctx, const struct image *img, const char *file)
{
	const char *cache = cache_path(ctx->arena, "image", ""), *digest = strrchr(file, '/') + 1;
	uint8_t sum[32];
	char hex[65] = "";

	if (!img->component && (!cache || strncmp(file, cache, strlen(cache)) != 0))
		return;
	if (sha256_file(file, sum) == 0)
		sha256_hex(sum, hex);
	if (strcmp(hex, digest) != 0 && unlink(file) == 0)
		say_progress(
			"the damaged file is removed: the next try makes image %s anew", img->name);
}

struct tree *image_unpack(struct image_ctx *ctx, const struct image *img)
{
	struct tree *t = tree_new();

	for (size_t i = 0; i < img->oci->n_layers; i++) {
		const struct oci_layer *l = &img->oci->layer[i];

		if (layer_apply(t, l->file, l->digest, l->diff_id) < 0) {
			(void)say_error("image %s cannot be unpacked", img->name);
			forget_damaged(ctx, img, l->file);
			tree_free(t);
			return NULL;
		}
	}
	if (!ctx->sbom || sbom_add_image(ctx, img, t) == 0)
		return t;
	tree_free(t);
	return NULL;
}
