#include "oci.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "diag.h"
#include "pins.h"
#include "platform.h"
#include "sha256.h"

#define REF_NAME       "org.opencontainers.image.ref.name"
#define CONTAINERD_REF "io.containerd.image.name"
#define INPUTS         "org.nanny.inputs"
/* Indexes in indexes: registries have one inside another, nobody has more. */
#define DEPTH_MAX 4

struct search {
	struct arena *arena;
	const char *dir, *ref, *arch;
	struct oci_image *found;
	size_t n_found;
	const char *names, *arches; /* what else is there, for the message */
};

static const char *str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* NULL after say_error(): a digest is a file name here, so only hex digits may pass. */
static const char *blob_path(struct search *s, const char *digest)
{
	if (!digest_is_good(digest)) {
		(void)say_error("%s: \"%s\" is no sha256 digest", s->dir, digest);
		return NULL;
	}
	return arena_printf(s->arena, "%s/blobs/sha256/%s", s->dir, digest + 7);
}

static json_t *read_blob(struct search *s, const char *digest)
{
	const char *path = blob_path(s, digest);
	json_error_t error;
	uint8_t sum[32];
	char hex[65];
	json_t *json;
	int r;

	if (!path)
		return NULL;
	r = sha256_file(path, sum);
	if (r < 0) {
		(void)say_error("%s: %s", path, strerror(-r));
		return NULL;
	}
	sha256_hex(sum, hex);
	if (strcmp(hex, digest + 7) != 0) {
		(void)say_error("%s: damaged, its sha256 is %s", path, hex);
		return NULL;
	}
	json = json_load_file(path, 0, &error);
	if (!json)
		(void)say_error("%s:%d: %s", path, error.line, error.text);
	return json;
}

static void note(struct search *s, const char **list, const char *word)
{
	*list = platform_note(s->arena, *list, word);
}

static int read_layers(struct search *s, const json_t *manifest, const json_t *config)
{
	const json_t *layers = json_object_get(manifest, "layers");
	const json_t *ids = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
	struct oci_image *image = s->found;

	image->n_layers = json_array_size(layers);
	image->layer = arena_alloc(s->arena, image->n_layers * sizeof(*image->layer));
	if (ids && json_array_size(ids) != image->n_layers)
		return say_error("%s: the image has %zu layers but %zu diff_ids", s->dir,
			image->n_layers, json_array_size(ids));
	for (size_t i = 0; i < image->n_layers; i++) {
		struct oci_layer *l = &image->layer[i];
		const char *id = json_string_value(json_array_get(ids, i));

		l->digest = arena_strdup(s->arena, str(json_array_get(layers, i), "digest"));
		l->diff_id = id ? arena_strdup(s->arena, id) : NULL;
		l->file = blob_path(s, l->digest);
		if (!l->file)
			return -1;
	}
	return 0;
}

static char *dump(struct search *s, const json_t *json)
{
	size_t n = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(s->arena, n + 1);

	(void)json_dumpb(json, text, n, JSON_COMPACT);
	return text;
}

static int take(struct search *s, const json_t *descriptor, json_t *manifest, json_t *config)
{
	const char *inputs = str(json_object_get(descriptor, "annotations"), INPUTS);
	const char *arch = str(config, "architecture"), *os = str(config, "os");

	if (!*os)
		os = "linux";
	if (strcmp(arch, s->arch) != 0 || strcmp(os, "linux") != 0) {
		note(s, &s->arches,
			arena_printf(s->arena, "%s/%s", os, *arch ? arch : "(no architecture)"));
		return 0;
	}
	/* The first one wins within a name, as in every runtime; without a name it has to be alone.
	 */
	if (s->n_found++ > 0)
		return 0;
	s->found->digest = arena_strdup(s->arena, str(descriptor, "digest"));
	s->found->config = dump(s, config);
	s->found->inputs = *inputs ? arena_strdup(s->arena, inputs) : NULL;
	return read_layers(s, manifest, config);
}

static int visit_index(struct search *s, const json_t *index, int depth);

static int visit_manifest(struct search *s, const json_t *descriptor, int depth)
{
	json_t *manifest = read_blob(s, str(descriptor, "digest"));
	json_t *config;
	int r;

	if (!manifest)
		return -1;
	if (json_object_get(manifest, "manifests")) {
		r = visit_index(s, manifest, depth + 1);
		json_decref(manifest);
		return r;
	}
	config = read_blob(s, str(json_object_get(manifest, "config"), "digest"));
	r = config ? take(s, descriptor, manifest, config) : -1;
	json_decref(config);
	json_decref(manifest);
	return r;
}

/* Another platform's image need not be there at all: it is passed over unread. */
static bool is_other_platform(struct search *s, const json_t *descriptor)
{
	if (platform_is(descriptor, s->arch))
		return false;
	note(s, &s->arches, platform_name(s->arena, descriptor));
	return true;
}

static int visit_index(struct search *s, const json_t *index, int depth)
{
	const json_t *list = json_object_get(index, "manifests");
	const json_t *descriptor;
	size_t i;

	if (depth > DEPTH_MAX)
		return say_error("%s: indexes nested too deep", s->dir);
	json_array_foreach(list, i, descriptor)
	{
		if (!is_other_platform(s, descriptor) && visit_manifest(s, descriptor, depth) < 0)
			return -1;
	}
	return 0;
}

static bool is_named(struct search *s, const json_t *descriptor)
{
	const json_t *notes = json_object_get(descriptor, "annotations");
	const char *name = str(notes, REF_NAME);

	note(s, &s->names, arena_strdup(s->arena, name));
	return !s->ref || strcmp(name, s->ref) == 0 ||
	       strcmp(str(notes, CONTAINERD_REF), s->ref) == 0;
}

static const char *why_absent(struct search *s)
{
	if (s->arches)
		return arena_printf(
			s->arena, "%s has it for %s, not for linux/%s", s->dir, s->arches, s->arch);
	if (s->names && s->ref)
		return arena_printf(s->arena, "%s has %s", s->dir, s->names);
	return arena_printf(s->arena, "%s is empty", s->dir);
}

static enum oci_found find_in(struct search *s, const json_t *root)
{
	const json_t *list = json_object_get(root, "manifests");
	const json_t *descriptor;
	size_t i, before;

	json_array_foreach(list, i, descriptor)
	{
		if (!is_named(s, descriptor) || is_other_platform(s, descriptor))
			continue;
		before = s->n_found;
		if (visit_manifest(s, descriptor, 0) < 0)
			return OCI_BROKEN;
		if (before == 0 && s->n_found > 0)
			s->found->top = arena_strdup(s->arena, str(descriptor, "digest"));
	}
	if (s->n_found > 1 && !s->ref) {
		s->found->why = arena_printf(s->arena, "%s has several, name one of them: %s",
			s->dir, s->names ? s->names : "they have no names");
		return OCI_ABSENT;
	}
	if (s->n_found == 0)
		s->found->why = why_absent(s);
	return s->n_found ? OCI_FOUND : OCI_ABSENT;
}

enum oci_found oci_find(
	struct arena *a, const char *dir, const char *ref, const char *arch, struct oci_image *ret)
{
	struct search s = {.arena = a, .dir = dir, .ref = ref, .arch = arch, .found = ret};
	const char *path = arena_printf(a, "%s/index.json", dir);
	enum oci_found found;
	json_error_t error;
	json_t *root;

	*ret = (struct oci_image){0};
	if (access(path, F_OK) < 0) {
		ret->why = arena_printf(a, "%s: %s", path, strerror(errno));
		return OCI_ABSENT;
	}
	root = json_load_file(path, 0, &error);
	if (!root) {
		(void)say_error("%s:%d: %s", path, error.line, error.text);
		return OCI_BROKEN;
	}
	found = find_in(&s, root);
	json_decref(root);
	return found;
}
