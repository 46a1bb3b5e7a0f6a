/* The writing half of oci.h. */
#include "oci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "cache.h"
#include "diag.h"
#include "io.h"
#include "sha256.h"
#include "tar.h"

#define JSON_FLAGS     (JSON_COMPACT | JSON_SORT_KEYS)
#define REF_NAME       "org.opencontainers.image.ref.name"
#define INPUTS         "org.nanny.inputs"
#define MEDIA_INDEX    "application/vnd.oci.image.index.v1+json"
#define MEDIA_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_CONFIG   "application/vnd.oci.image.config.v1+json"
#define MEDIA_LAYER    "application/vnd.oci.image.layer.v1.tar"

/* A finished temporary file becomes the blob that its content names; sets size and digest. */
static json_t *commit_blob(struct arena *a, const char *dir, int fd, const char *tmp)
{
	uint8_t sum[32];
	char hex[65];
	struct stat st;
	int r = sha256_file(tmp, sum);

	if (r < 0 || fstat(fd, &st) < 0) {
		(void)say_error("%s: %s", tmp, strerror(r < 0 ? -r : errno));
		cache_abort(fd, tmp);
		return NULL;
	}
	sha256_hex(sum, hex);
	if (cache_commit(fd, tmp, arena_printf(a, "%s/blobs/sha256/%s", dir, hex)) < 0)
		return NULL;
	return json_pack("{s:o, s:I}", "digest", json_sprintf("sha256:%s", hex), "size",
		(json_int_t)st.st_size);
}

/* The descriptor of the JSON blob; takes `json` over. */
static json_t *put_json(struct arena *a, const char *dir, const char *media, json_t *json)
{
	const char *path = arena_printf(a, "%s/blobs/sha256/json", dir);
	char *text = json_dumps(json, JSON_FLAGS);
	json_t *descriptor;
	char *tmp;
	int fd, r;

	json_decref(json);
	fd = text ? cache_begin(a, path, &tmp) : -1;
	if (fd < 0) {
		free(text);
		return NULL;
	}
	r = io_write(fd, text, strlen(text));
	free(text);
	if (r < 0) {
		(void)say_error("%s: %s", tmp, strerror(-r));
		cache_abort(fd, tmp);
		return NULL;
	}
	descriptor = commit_blob(a, dir, fd, tmp);
	if (descriptor)
		(void)json_object_set_new(descriptor, "mediaType", json_string(media));
	return descriptor;
}

static json_t *put_layer(struct arena *a, const char *dir, const struct tree *t)
{
	json_t *descriptor;
	char *tmp;
	int fd = cache_begin(a, arena_printf(a, "%s/blobs/sha256/layer", dir), &tmp);

	if (fd < 0)
		return NULL;
	if (tar_write(t, fd) < 0) {
		cache_abort(fd, tmp);
		return NULL;
	}
	descriptor = commit_blob(a, dir, fd, tmp);
	if (descriptor)
		(void)json_object_set_new(descriptor, "mediaType", json_string(MEDIA_LAYER));
	return descriptor;
}

static json_t *put_image(struct arena *a, const char *dir, const struct oci_new *image)
{
	json_t *layer = put_layer(a, dir, image->tree);
	json_t *config, *manifest, *labels = json_object();

	if (!layer)
		return NULL;
	if (image->label)
		(void)json_object_set_new(
			labels, "org.mobyproject.config", json_string(image->label));
	/* Uncompressed, so that the layer's digest is its diff_id too. */
	config = json_pack("{s:s, s:s, s:{s:o}, s:{s:s, s:[O]}}", "architecture", image->arch, "os",
		"linux", "config", "Labels", labels, "rootfs", "type", "layers", "diff_ids",
		json_object_get(layer, "digest"));
	config = put_json(a, dir, MEDIA_CONFIG, config);
	if (!config) {
		json_decref(layer);
		return NULL;
	}
	manifest = json_pack("{s:i, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
		MEDIA_MANIFEST, "config", config, "layers", layer);
	return put_json(a, dir, MEDIA_MANIFEST, manifest);
}

static json_t *load_index(const char *path)
{
	json_t *index = json_load_file(path, 0, NULL);

	/* A damaged index of a layout that is built from source is made anew. */
	if (json_is_array(json_object_get(index, "manifests")))
		return index;
	json_decref(index);
	return json_pack(
		"{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType", MEDIA_INDEX, "manifests");
}

/* Sorted by name: the same images give the same index, whatever the order they were made in. */
static void insert_ref(json_t *list, const char *ref, json_t *descriptor)
{
	size_t i = 0;

	while (i < json_array_size(list)) {
		const json_t *notes = json_object_get(json_array_get(list, i), "annotations");
		const char *name = json_string_value(json_object_get(notes, REF_NAME));
		int c = strcmp(name ? name : "", ref);

		if (c > 0)
			break;
		if (c == 0)
			(void)json_array_remove(list, i);
		else
			i++;
	}
	(void)json_array_insert_new(list, i, descriptor);
}

static int write_file(struct arena *a, const char *path, const char *text)
{
	char *tmp;
	int fd = cache_begin(a, path, &tmp);
	int r;

	if (fd < 0)
		return -1;
	r = io_write(fd, text, strlen(text));
	if (r < 0) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", path, strerror(-r));
	}
	return cache_commit(fd, tmp, path) < 0 ? -1 : 0;
}

static int put_index(
	struct arena *a, const char *dir, const struct oci_new *image, json_t *descriptor)
{
	const char *path = arena_printf(a, "%s/index.json", dir);
	json_t *index = load_index(path);
	char *text;
	int r;

	(void)json_object_set_new(descriptor, "annotations",
		json_pack("{s:s, s:s}", REF_NAME, image->ref, INPUTS,
			image->inputs ? image->inputs : ""));
	(void)json_object_set_new(descriptor, "platform",
		json_pack("{s:s, s:s}", "architecture", image->arch, "os", "linux"));
	insert_ref(json_object_get(index, "manifests"), image->ref, descriptor);
	text = json_dumps(index, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(index);
	r = text ? write_file(a, path, text) : -1;
	free(text);
	if (r < 0)
		return r;
	return write_file(
		a, arena_printf(a, "%s/oci-layout", dir), "{\"imageLayoutVersion\": \"1.0.0\"}\n");
}

int oci_put(struct arena *a, const char *dir, const struct oci_new *image)
{
	json_t *descriptor;
	int lock, r;

	r = io_make_dirs(arena_printf(a, "%s/blobs/sha256", dir));
	if (r < 0)
		return say_error("%s: %s", dir, strerror(-r));
	/* Two builds at once: the index of one must not lose the other's image. */
	lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0) {
		if (lock >= 0)
			(void)close(lock);
		return say_error("%s: %s", dir, strerror(errno));
	}
	descriptor = put_image(a, dir, image);
	r = descriptor ? put_index(a, dir, image, descriptor) : -1;
	(void)close(lock);
	return r;
}
