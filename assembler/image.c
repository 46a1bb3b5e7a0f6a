#include "image.h"

#include <string.h>

#include "alias.h"
#include "layer.h"
#include "oci.h"
#include "pkg.h"
#include "pull.h"
#include "schema.h"

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
}

/* docker-archive:FILE[:TAG] */
static void find_archive(struct image_ctx *ctx, struct found *f, const char *name)
{
	const char *rest = strchr(name, ':') + 1;
	const char *file = arena_strndup(ctx->arena, rest, strcspn(rest, ":"));
	const char *dir;

	stamp_input(ctx->stamp, file);
	f->state =
		pull_archive(ctx->arena, name, file, image_arch(ctx->board->arch), &dir, &f->why);
	if (f->state == OCI_FOUND)
		look(ctx, f, dir, NULL);
}

static void find_by_name(struct image_ctx *ctx, struct found *f, const char *name)
{
	const char *full = image_full_name(ctx->arena, name);
	const char *layout = image_layout(ctx), *dir, *why = NULL;

	look(ctx, f, layout, name);
	if (f->state == OCI_ABSENT && strcmp(full, name) != 0) {
		f->why = NULL;
		look(ctx, f, layout, full);
	}
	if (f->state != OCI_ABSENT)
		return;
	f->state = pull_registry(ctx->arena, full, image_arch(ctx->board->arch), &dir, &why);
	if (f->state == OCI_FOUND)
		look(ctx, f, dir, NULL);
	else if (why)
		f->why = arena_printf(ctx->arena, "%s; %s", f->why, why);
}

static void find(struct image_ctx *ctx, struct found *f, const char *name)
{
	const struct component *c = component_named(ctx, name);

	if (c)
		find_component(ctx, f, c);
	else if (strncmp(name, "oci:", 4) == 0)
		find_oci(ctx, f, name + 4);
	else if (strncmp(name, "docker-archive:", 15) == 0)
		find_archive(ctx, f, name);
	else
		find_by_name(ctx, f, name);
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
	if (f.state == OCI_ABSENT)
		diag_error(ctx->diag, ref->at, "image '%s'%s%s%s not found: %s", ref->name,
			name == ref->name ? "" : " (alias of '", name == ref->name ? "" : name,
			name == ref->name ? "" : "')", f.why ? f.why : "nothing has this name");
	if (f.state != OCI_FOUND)
		return NULL;
	img = arena_alloc(ctx->arena, sizeof(*img));
	img->name = ref->name;
	img->digest = f.oci->digest;
	img->oci = f.oci;
	if (read_config(ctx, img) < 0)
		return NULL;
	img->next = ctx->seen;
	ctx->seen = img;
	return img;
}

struct tree *image_unpack(struct image_ctx *ctx, const struct image *img)
{
	struct tree *t = tree_new();

	(void)ctx;
	for (size_t i = 0; i < img->oci->n_layers; i++) {
		const struct oci_layer *l = &img->oci->layer[i];

		if (layer_apply(t, l->file, l->digest, l->diff_id) < 0) {
			(void)say_error("image %s cannot be unpacked", img->name);
			tree_free(t);
			return NULL;
		}
	}
	return t;
}
