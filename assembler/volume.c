#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include "inventory.h"
#include "oci.h"
#include "place.h"
#include "sbom.h"
#include "sha256.h"

#define INDEX_TYPE    "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

/* ------------------------------------------------------------------ format: oci */

/* The image itself as an OCI layout, for programs on the device that unpack images. */
struct image_layout {
	struct layout *l;
	struct tree *tree;
	json_t *manifests;
	const char *name;
};

static int fail(const struct image_layout *o, const char *what, int r)
{
	return say_error("image %s: %s: %s", o->name, what, strerror(-r));
}

/* The file `path`, whose name is its digest's, as the same blob. */
static int put_blob(struct image_layout *o, const char *path)
{
	const char *to = arena_printf(o->l->arena, "blobs/sha256%s", strrchr(path, '/'));
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return fail(o, path, -errno);
	r = tree_get(o->tree, to) ? 0 : tree_put_fd(o->tree, to, 0644, fd);
	(void)close(fd);
	return r < 0 ? fail(o, path, r) : 0;
}

static int put_text(struct image_layout *o, const char *path, const char *text)
{
	int r = tree_put_file(o->tree, path, 0644, text, strlen(text));

	return r < 0 ? fail(o, path, r) : 0;
}

static char *print(struct image_layout *o, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT), *copy = arena_strdup(o->l->arena, text);

	free(text);
	return copy;
}

static int put_blobs(struct image_layout *o, const struct oci_image *oci, const char *folder,
	const char *manifest_path, const json_t *manifest)
{
	const char *config =
		json_string_value(json_object_get(json_object_get(manifest, "config"), "digest"));
	int r = put_blob(o, manifest_path);

	for (size_t i = 0; r >= 0 && i < oci->n_layers; i++)
		r = put_blob(o, oci->layer[i].file);
	if (r >= 0 && config)
		r = put_blob(o, arena_printf(o->l->arena, "%s/%s", folder,
					config + strcspn(config, ":") + 1));
	return r;
}

/* The manifest's line in the index; its size is that of the blob, which is in the tree. */
static void describe(
	struct image_layout *o, const char *digest, const char *type, const char *platform)
{
	const struct tree_inode *blob = tree_get(
		o->tree, arena_printf(o->l->arena, "blobs/sha256/%s", digest + strlen("sha256:")));
	const char *arch = strchr(platform, '/') + 1, *variant = strchr(arch, '/');
	json_t *of =
		json_pack("{s:s%, s:s}", "architecture", arch, strcspn(arch, "/"), "os", "linux");

	if (variant)
		(void)json_object_set_new(of, "variant", json_string(variant + 1));
	(void)json_array_append_new(o->manifests,
		json_pack("{s:s, s:s, s:I, s:o}", "mediaType", type ? type : MANIFEST_TYPE,
			"digest", digest, "size", (json_int_t)blob->size, "platform", of));
}

/* The manifest, the config and the layers, which all lie in one folder. */
static int put_image(struct image_layout *o, const struct image *img, const char *platform)
{
	const struct oci_image *oci = img->oci;
	const char *folder, *path;
	json_t *manifest;
	int r;

	if (!oci->n_layers)
		return say_error("image %s has no layers", o->name);
	folder = oci->layer[0].file;
	folder = arena_strndup(o->l->arena, folder, (size_t)(strrchr(folder, '/') - folder));
	path = arena_printf(o->l->arena, "%s/%s", folder, oci->digest + strlen("sha256:"));
	manifest = json_load_file(path, 0, NULL);
	if (!manifest)
		return fail(o, path, -EBADMSG);
	r = put_blobs(o, oci, folder, path, manifest);
	if (r >= 0)
		describe(o, oci->digest, json_string_value(json_object_get(manifest, "mediaType")),
			platform);
	json_decref(manifest);
	return r;
}

/* An index of all platforms as a blob, and index.json that names it. */
static int put_index(struct image_layout *o)
{
	json_t *index = json_pack("{s:i, s:s, s:O}", "schemaVersion", 2, "mediaType", INDEX_TYPE,
		"manifests", o->manifests);
	const char *text = print(o, index), *full = image_full_name(o->l->arena, o->name);
	uint8_t sum[32];
	char hex[65];
	json_t *root;
	int r;

	sha256_of(text, strlen(text), sum);
	sha256_hex(sum, hex);
	root = json_pack("{s:i, s:[{s:s, s:s, s:I, s:{s:s}}]}", "schemaVersion", 2, "manifests",
		"mediaType", INDEX_TYPE, "digest", arena_printf(o->l->arena, "sha256:%s", hex),
		"size", (json_int_t)strlen(text), "annotations",
		"org.opencontainers.image.ref.name", full);
	r = put_text(o, arena_printf(o->l->arena, "blobs/sha256/%s", hex), text);
	if (r >= 0)
		r = put_text(o, "index.json", print(o, root));
	if (r >= 0)
		r = put_text(o, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	json_decref(index);
	json_decref(root);
	return r;
}

/* For another processor than the board's, the same image is looked for as such a board would. */
static const struct image *resolve_for(struct layout *l, const struct volume *v, const char *arch)
{
	struct board *board = arena_alloc(l->arena, sizeof(*board));
	struct image_ctx *ctx = arena_alloc(l->arena, sizeof(*ctx));

	if (strcmp(arch, image_arch(l->ctx->board->arch)) == 0)
		return image_resolve(l->ctx, &v->image);
	*board = *l->ctx->board;
	board->arch = arch;
	*ctx = *l->ctx;
	ctx->board = board;
	ctx->seen = NULL;
	return image_resolve(ctx, &v->image);
}

static int put_platform(struct image_layout *o, const struct volume *v, const char *platform)
{
	const char *arch = strchr(platform, '/') + 1;
	const struct image *img =
		resolve_for(o->l, v, arena_strndup(o->l->arena, arch, strcspn(arch, "/")));

	if (!img || (o->l->ctx->sbom && sbom_add_image(o->l->ctx, img, NULL) < 0))
		return -1;
	return put_image(o, img, platform);
}

static struct tree *open_layout(struct layout *l, const struct volume *v)
{
	struct image_layout o = {
		.l = l, .tree = tree_new(), .manifests = json_array(), .name = v->image.name};
	int r = 0;

	for (size_t i = 0; r >= 0 && v->platforms && i < v->platforms->n; i++)
		r = put_platform(&o, v, v->platforms->item[i]->text);
	if (!v->platforms || !v->platforms->n)
		r = put_platform(
			&o, v, arena_printf(l->arena, "linux/%s", image_arch(l->ctx->board->arch)));
	if (r >= 0)
		r = put_index(&o);
	json_decref(o.manifests);
	if (r >= 0)
		return o.tree;
	tree_free(o.tree);
	return NULL;
}

/* ------------------------------------------------------------------ */

static struct tree *open_files(struct layout *l, const struct volume *v)
{
	const struct image *img = image_resolve(l->ctx, &v->image);

	return img ? place_open(l, img, false) : NULL;
}

static int put_volume(struct layout *l, const struct volume *v)
{
	const char *folder = arena_printf(l->arena, "containers/volumes/%s", v->name);
	const char *lower = arena_printf(l->arena, "%s/lower", folder);
	struct tree *t;
	int r;

	if (layout_put_dir(l, arena_printf(l->arena, "%s/merged", folder), 0755) < 0)
		return -1;
	if (!v->readonly && layout_put_dir(l, arena_printf(l->arena, "%s/tmp", folder), 0755) < 0)
		return -1;
	inventory_add(l, &(struct inventory_note){.kind = "volume",
				 .name = v->name,
				 .image = v->image.name ? image_resolve(l->ctx, &v->image) : NULL,
				 .path = folder});
	if (v->persistent &&
		layout_put_dir(l, arena_printf(l->arena, "%s/persistent", folder), 0755) < 0)
		return -1;
	if (!v->image.name)
		return layout_put_dir(l, lower, 0755);
	t = v->is_layout ? open_layout(l, v) : open_files(l, v);
	if (!t)
		return -1;
	r = place_add(l, v->image.name, lower, t);
	tree_free(t);
	return r;
}

int volumes_put(struct layout *l)
{
	int bad = 0;

	for (size_t i = 0; i < l->config->n_volumes; i++)
		if (put_volume(l, &l->config->volumes[i]) < 0)
			bad = -1;
	return bad;
}
