#include "pull.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include "cache.h"
#include "diag.h"
#include "io.h"
#include "pins.h"
#include "platform.h"
#include "registry.h"
#include "sha256.h"

static void sha256_text(const char *text, size_t len, char ret_hex[65])
{
	uint8_t sum[32];

	sha256_of(text, len, sum);
	sha256_hex(sum, ret_hex);
}

static const char *blob_path(struct arena *a, const char *digest)
{
	return digest_is_good(digest) ? cache_path(a, "blob/sha256", digest + 7) : NULL;
}

static int save(struct arena *a, const char *path, const char *text, size_t len)
{
	char *tmp;
	int fd = cache_begin(a, path, &tmp);
	int r;

	if (fd < 0)
		return -1;
	r = io_write(fd, text, len);
	if (r < 0) {
		cache_abort(fd, tmp);
		return say_error("%s: %s", path, strerror(-r));
	}
	return cache_commit(fd, tmp, path) < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ is it whole? */

/* A blob that is not what its name says is removed: it will be asked for again. */
static bool is_blob_good(struct arena *a, const json_t *descriptor, bool is_read)
{
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));
	json_int_t size = json_integer_value(json_object_get(descriptor, "size"));
	const char *path = digest ? blob_path(a, digest) : NULL;
	uint8_t sum[32];
	char hex[65] = "";
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return false;
	if (is_read && sha256_file(path, sum) == 0)
		sha256_hex(sum, hex);
	if (st.st_size == size && (!is_read || strcmp(hex, digest + 7) == 0))
		return true;
	(void)unlink(path);
	return false;
}

/* Layers by their size alone: their digest is looked at when they are unpacked. */
static bool is_manifest_good(struct arena *a, const json_t *descriptor)
{
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));
	const json_t *layer;
	json_t *manifest;
	bool is_good;
	size_t i;

	if (!is_blob_good(a, descriptor, true))
		return false;
	manifest = json_load_file(blob_path(a, digest), 0, NULL);
	is_good = is_blob_good(a, json_object_get(manifest, "config"), true);
	json_array_foreach(json_object_get(manifest, "layers"), i, layer)
	{
		if (!is_blob_good(a, layer, false))
			is_good = false;
	}
	json_decref(manifest);
	return is_good;
}

static bool is_whole(struct arena *a, const char *dir)
{
	json_t *index = json_load_file(arena_printf(a, "%s/index.json", dir), 0, NULL);
	const json_t *list = json_object_get(index, "manifests");
	bool is_good = json_array_size(list) == 1 && is_manifest_good(a, json_array_get(list, 0));

	json_decref(index);
	return is_good;
}

/* ------------------------------------------------------------------ bringing one in */

/* Inherited by skopeo on purpose: when nanny is killed, the next one waits for what is left of it.
 */
static int lock_for(struct arena *a, const char *dir)
{
	int fd = open(arena_printf(a, "%s.lock", dir), O_RDWR | O_CREAT, 0666);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0 && errno == EWOULDBLOCK) {
		say_progress("waiting for another command that brings the same image");
		if (flock(fd, LOCK_EX) == 0)
			return fd;
	}
	(void)say_error("%s.lock: %s", dir, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* An empty layout whose blobs are those of the whole cache. */
static int begin_layout(const char *dir)
{
	char *blobs = NULL;
	int r = 0;

	io_remove_all(dir);
	if (asprintf(&blobs, "%s/blobs", dir) < 0)
		return say_error("out of memory");
	if (mkdir(dir, 0777) < 0 || symlink("../../blob", blobs) < 0)
		r = say_error("%s: %s", dir, strerror(errno));
	free(blobs);
	return r;
}

static int sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* skopeo has the blobs on the disk, but not what leads to them. */
static enum oci_found finish_layout(struct arena *a, const char *part, const char *dir)
{
	if (!is_whole(a, part)) {
		io_remove_all(part);
		(void)say_error("%s: skopeo has left half an image; it is not used", part);
		return OCI_BROKEN;
	}
	io_remove_all(dir);
	if (sync_path(arena_printf(a, "%s/index.json", part)) == 0 && sync_path(part) == 0 &&
		rename(part, dir) == 0 && sync_path(arena_printf(a, "%s/..", dir)) == 0)
		return OCI_FOUND;
	(void)say_error("%s: %s", dir, strerror(errno));
	io_remove_all(part);
	return OCI_BROKEN;
}

typedef enum oci_found copy_fn(struct arena *a, const char *source, const char *arch,
	const char *dir, const char **ret_why);

/* The layout DIR from `source`, unless it is there. */
static enum oci_found bring(
	const struct pull *q, copy_fn *copy, const char *source, const char *dir, const char **why)
{
	const char *part = arena_printf(q->arena, "%s.part", dir);
	enum oci_found found = OCI_FOUND;
	int lock;

	if (!cache_path(q->arena, "blob/sha256", ""))
		return OCI_BROKEN;
	lock = lock_for(q->arena, dir);
	if (lock < 0)
		return OCI_BROKEN;
	if (!is_whole(q->arena, dir)) {
		say_progress("bringing %s", q->name);
		found = begin_layout(part) < 0 ? OCI_BROKEN
					       : copy(q->arena, source, q->arch, part, why);
		if (found == OCI_FOUND)
			found = finish_layout(q->arena, part, dir);
		else
			io_remove_all(part);
	}
	(void)close(lock);
	return found;
}

/* ------------------------------------------------------------------ which one is it? */

static char *read_digest(struct arena *a, const char *path)
{
	char *text = arena_alloc(a, 128);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, 127, f) : 0;

	if (f)
		(void)fclose(f);
	text[n > 0 && text[n - 1] == '\n' ? n - 1 : n] = '\0';
	return digest_is_good(text) ? text : NULL;
}

/* What the registry has under a name goes among the blobs: it tells the platforms. */
static enum oci_found ask(struct pull *q, const char *name, const char **ret_why)
{
	const char *text, *path;
	enum oci_found found;
	char hex[65];
	size_t len;

	say_progress("asking the registry for %s", name);
	found = registry_manifest(q->arena, name, &text, &len, ret_why);
	if (found != OCI_FOUND)
		return found;
	sha256_text(text, len, hex);
	if (q->digest && strcmp(q->digest + 7, hex) != 0) {
		(void)say_error("%s: what the registry sent is sha256:%s", name, hex);
		return OCI_BROKEN;
	}
	q->digest = arena_printf(q->arena, "sha256:%s", hex);
	path = blob_path(q->arena, q->digest);
	return path && save(q->arena, path, text, len) == 0 ? OCI_FOUND : OCI_BROKEN;
}

/* Sets q->digest. */
static enum oci_found name_to_digest(struct pull *q, const char **ret_why)
{
	enum oci_found found;
	char hex[65];

	if (!q->digest)
		q->digest = registry_digest_of(q->name);
	if (q->digest && !digest_is_good(q->digest)) {
		*ret_why = arena_printf(q->arena, "\"%s\" is no sha256 digest", q->digest);
		return OCI_ABSENT;
	}
	if (q->digest)
		return OCI_FOUND;
	sha256_text(q->name, strlen(q->name), hex);
	q->remember = cache_path(q->arena, "ref", hex);
	if (!q->remember)
		return OCI_BROKEN;
	if (!q->is_again)
		q->digest = read_digest(q->arena, q->remember);
	if (q->digest)
		return OCI_FOUND;
	found = ask(q, q->name, ret_why);
	if (found == OCI_FOUND &&
		save(q->arena, q->remember, arena_printf(q->arena, "%s\n", q->digest), 72) < 0)
		return OCI_BROKEN;
	return found;
}

static json_t *load_top(struct pull *q)
{
	const char *path = blob_path(q->arena, q->digest);
	uint8_t sum[32];
	char hex[65];

	if (!path || sha256_file(path, sum) < 0)
		return NULL;
	sha256_hex(sum, hex);
	return strcmp(hex, q->digest + 7) == 0 ? json_load_file(path, 0, NULL) : NULL;
}

/* The manifest's digest, of an index the one for our platform. */
static enum oci_found digest_to_manifest(
	struct pull *q, const char **ret_manifest, const char **ret_why)
{
	const char *others = NULL;
	json_t *top = load_top(q);

	if (!top) {
		enum oci_found found =
			ask(q, registry_by_digest(q->arena, q->name, q->digest), ret_why);

		if (found != OCI_FOUND)
			return found;
		top = load_top(q);
	}
	*ret_manifest = json_object_get(top, "manifests")
				? platform_choose(q->arena, top, q->arch, &others)
				: q->digest;
	json_decref(top);
	if (*ret_manifest && digest_is_good(*ret_manifest))
		return OCI_FOUND;
	*ret_why = arena_printf(q->arena, "the registry has %s for %s, not for linux/%s", q->name,
		others ? others : "no platform", q->arch);
	return OCI_ABSENT;
}

enum oci_found pull_registry(struct pull *q, const char **ret_dir, const char **ret_why)
{
	enum oci_found found = name_to_digest(q, ret_why);
	const char *manifest = NULL, *dir;

	if (found == OCI_FOUND)
		found = digest_to_manifest(q, &manifest, ret_why);
	if (found != OCI_FOUND)
		return found;
	dir = cache_path(q->arena, "image", manifest + 7);
	if (!dir)
		return OCI_BROKEN;
	*ret_dir = dir;
	if (is_whole(q->arena, dir))
		return OCI_FOUND;
	return bring(
		q, registry_copy, registry_by_digest(q->arena, q->name, manifest), dir, ret_why);
}

enum oci_found pull_archive(
	struct pull *q, const char *file, const char **ret_dir, const char **ret_why)
{
	const char *tag = q->name + strlen("docker-archive:") + strlen(file), *key;
	uint8_t sum[32];
	char hex[65];
	int r = sha256_file(file, sum);

	if (r < 0) {
		*ret_why = arena_printf(q->arena, "%s: %s", file, strerror(-r));
		return OCI_ABSENT;
	}
	sha256_hex(sum, hex);
	q->digest = arena_printf(q->arena, "sha256:%s", hex);
	key = arena_printf(q->arena, "%s%s %s", hex, tag, q->arch);
	sha256_text(key, strlen(key), hex);
	*ret_dir = cache_path(q->arena, "image", hex);
	if (!*ret_dir)
		return OCI_BROKEN;
	return is_whole(q->arena, *ret_dir)
		       ? OCI_FOUND
		       : bring(q, registry_copy_archive, q->name, *ret_dir, ret_why);
}
