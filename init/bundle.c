#include "bundle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * "unlimited" is 2^64-1 in LinuxKit's files, which is too big for an integer of jansson; no number
 * is read here.
 */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

json_t *bundle_read(const char *bundle, const char *file, char *ret_error, size_t size)
{
	char path[512];
	json_error_t e;
	json_t *o;

	if (snprintf(path, sizeof(path), "%s/%s", bundle, file) >= (int)sizeof(path)) {
		snprintf(ret_error, size, "%s: path too long", file);
		return NULL;
	}
	o = json_load_file(path, FLAGS, &e);
	if (!o) {
		snprintf(ret_error, size, "%s:%d: %s", file, e.line > 0 ? e.line : 0, e.text);
		return NULL;
	}
	if (!json_is_object(o)) {
		snprintf(ret_error, size, "%s:1: is no JSON object", file);
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *bundle_runtime(const char *bundle)
{
	char path[512], error[256];
	json_t *o;

	snprintf(path, sizeof(path), "%s/runtime.json", bundle);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return json_object();
	o = bundle_read(bundle, "runtime.json", error, sizeof(error));
	if (!o)
		fprintf(stderr, "%s: %s\n", bundle, error);
	return o;
}

size_t bundle_array(const json_t *o, const char *key, json_t **ret_array)
{
	*ret_array = json_object_get(o, key);
	return json_array_size(*ret_array); /* 0 for what is no array */
}

const char *bundle_string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

int bundle_path(const char *bundle, const char *path, char *ret_path, size_t size)
{
	int n = path[0] == '/' ? snprintf(ret_path, size, "%s", path)
			       : snprintf(ret_path, size, "%s/rootfs/%s", bundle, path);

	if (n < 0 || n >= (int)size) {
		fprintf(stderr, "%s: path too long: %s\n", bundle, path);
		return -1;
	}
	return 0;
}

int bundle_mkdirs(const char *path)
{
	char buf[512];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(buf)) {
		errno = n ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	memcpy(buf, path, n + 1);
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(buf, 0755); /* what matters is the last one */
		*p = '/';
	}
	return mkdir(buf, 0755) == 0 || errno == EEXIST ? 0 : -1;
}
