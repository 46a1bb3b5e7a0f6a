#include "mountpoint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

/* What a path of the device is in the end; a file that is only made at boot has a dot in its name.
 */
static bool is_file_path(struct layout *l, const char *path)
{
	const struct tree_inode *f;
	const char *base;
	char *real;
	bool is_file;

	/* The dot makes the last name a parent too. */
	if (tree_follow(l->merged, arena_printf(l->arena, "%s/.", path), &real) < 0)
		return false;
	f = tree_get(l->merged, real);
	base = strrchr(real, '/');
	is_file = f ? !S_ISDIR(f->mode) : base && strchr(base, '.');
	free(real);
	return is_file;
}

/* A file can only be mounted on a file. */
static bool is_file(struct layout *l, const json_t *mount)
{
	const char *type = json_string_value(json_object_get(mount, "type"));
	const char *source = json_string_value(json_object_get(mount, "source"));

	return type && source && strcmp(type, "bind") == 0 && is_file_path(l, source);
}

static int make_point(
	struct layout *l, const char *path, const struct tree *image, const json_t *mount)
{
	const char *to = json_string_value(json_object_get(mount, "destination"));
	const char *point;
	char *real;
	int r = to ? tree_follow(image, to, &real) : 0;

	if (!to)
		return 0;
	if (r < 0)
		return say_error("/%s: %s: %s", path, to, strerror(-r));
	point = arena_printf(l->arena, "%s/%s", path, real);
	free(real);
	if (tree_get(l->merged, point))
		return 0;
	return is_file(l, mount) ? layout_put_text(l, point, 0644, "")
				 : layout_put_dir(l, point, 0755);
}

int mountpoint_make(
	struct layout *l, const char *path, const struct tree *image, const char *config_json)
{
	json_t *config = json_loads(config_json, 0, NULL);
	const json_t *mount;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(config, "mounts"), i, mount)
	{
		if (r >= 0)
			r = make_point(l, path, image, mount);
	}
	json_decref(config);
	return r;
}
