#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "json.h"

/* Lists of several YAML files are one after the other, other keys the last one's. */
static void merge(json_t *into, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)from, key, value)
	{
		json_t *have = json_object_get(into, key);

		if (json_is_array(have) && json_is_array(value))
			(void)json_array_extend(have, value);
		else if (json_is_object(have) && json_is_object(value))
			(void)json_object_update(have, value);
		else
			(void)json_object_set(into, key, value);
	}
}

/* `metadata:` is the system's own description.  JSON serves for "yaml" too. */
static int put_metadata(struct layout *l, const struct file *f)
{
	const struct config *c = l->config;
	json_t *all = json_object();
	char *text;
	int r;

	for (size_t i = 0; i < c->n_docs; i++) {
		json_t *doc = json_from_yaml(c->docs[i]);

		merge(all, doc);
		json_decref(doc);
	}
	text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	r = layout_put_text(l, f->path, (mode_t)f->mode, text ? text : "");
	free(text);
	return r;
}

static ssize_t read_source(void *ctx, void *buf, size_t size)
{
	const int *fd = ctx;
	ssize_t n;

	do
		n = read(*fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* A pipe would be waited for, a device never end. */
static int open_source(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}

static const char *why_not(int error)
{
	if (error == ESPIPE)
		return "neither pipe nor device nor socket is taken, only a regular file";
	return strerror(error);
}

static int put_source(struct layout *l, const struct file *f)
{
	struct tree_inode inode = {.mode = S_IFREG};
	int fd, r;

	stamp_input(l->ctx->stamp, f->value);
	fd = open_source(f->value);
	if (fd < 0) {
		diag_error(l->ctx->diag, f->at, "source '%s': %s%s", f->value, why_not(errno),
			errno == ENOENT ? " (`optional: true` leaves it out when it is missing)"
					: "");
		return -1;
	}
	r = tree_store(read_source, &fd, &inode);
	(void)close(fd);
	if (r < 0) {
		diag_error(l->ctx->diag, f->at, "source '%s': %s", f->value, strerror(-r));
		return -1;
	}
	return layout_put(l, f->path, &inode);
}

static int put_content(struct layout *l, const struct file *f)
{
	switch (f->kind) {
	case FILE_DIRECTORY:
		return layout_put_dir(l, f->path, (mode_t)f->mode);
	case FILE_SYMLINK:
		return layout_put_symlink(l, f->path, f->value);
	case FILE_CONTENTS:
		return layout_put_text(l, f->path, (mode_t)f->mode, f->value);
	case FILE_SOURCE:
		return put_source(l, f);
	case FILE_METADATA:
		return put_metadata(l, f);
	}
	return -1;
}

static int set_owner(struct layout *l, const struct file *f, const char *path, mode_t perm)
{
	const struct tree_inode *now;
	struct tree_inode mine;
	char *real;
	int r = tree_follow(l->merged, path, &real);

	if (r < 0)
		return say_error("/%s: %s", path, strerror(-r));
	now = tree_get(l->merged, real);
	free(real);
	if (!now)
		return say_error("/%s: is not there", path);
	mine = *now;
	mine.uid = f->uid;
	mine.gid = f->gid;
	if (!S_ISLNK(mine.mode))
		mine.mode = (mine.mode & S_IFMT) | perm;
	return layout_put(l, path, &mine);
}

/* LinuxKit's rule: x for each of owner, group and others who may do anything with the file. */
static mode_t mode_on_the_way(mode_t perm)
{
	perm &= 0777;
	for (mode_t who = 0700; who; who >>= 3)
		if (perm & who)
			perm |= who & 0111;
	return perm;
}

/*
 * A folder made on the way has the file's owner.  One that is there keeps its own: LinuxKit puts
 * the new mode on it too, so that a secret in /etc makes /etc unreadable.
 */
static int make_parents(struct layout *l, const struct file *f)
{
	mode_t perm = mode_on_the_way((mode_t)f->mode);
	char *path = arena_strdup(l->arena, f->path);

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *real;
		bool is_there;

		*slash = '\0';
		if (tree_follow(l->merged, path, &real) < 0)
			return say_error("/%s: too many symlinks", path);
		is_there = tree_get(l->merged, real);
		free(real);
		if (!is_there &&
			(layout_put_dir(l, path, perm) < 0 || set_owner(l, f, path, perm) < 0))
			return -1;
		*slash = '/';
	}
	return 0;
}

/* Nothing comes of it: no folder on the way, and what the images have at its place stays as it is.
 */
static bool is_left_out(struct layout *l, const struct file *f)
{
	if (f->kind != FILE_SOURCE || !f->optional || access(f->value, F_OK) == 0 ||
		errno != ENOENT)
		return false;
	stamp_input(l->ctx->stamp, f->value);
	return true;
}

int files_put(struct layout *l)
{
	const struct config *c = l->config;
	int bad = 0;

	for (size_t i = 0; i < c->n_files; i++) {
		const struct file *f = &c->files[i];

		if (is_left_out(l, f))
			continue;
		if (make_parents(l, f) < 0 || put_content(l, f) < 0 ||
			set_owner(l, f, f->path, (mode_t)f->mode) < 0)
			bad = -1;
	}
	return bad;
}
