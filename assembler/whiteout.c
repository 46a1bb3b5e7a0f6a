#include "whiteout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const char prefix[] = ".wh.";
static const char opaque[] = ".wh..wh..opq";

/* The names below a directory that the layer itself did not bring. */
struct hide {
	const struct tree *own;
	const char *dir;
	size_t len;
	char **path;
	size_t n;
};

static int hide_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct hide *h = ctx;

	(void)f;
	if (h->len > 0 && (strncmp(path, h->dir, h->len) != 0 || path[h->len] != '/'))
		return 0;
	if (tree_get(h->own, path))
		return 0;
	h->path = mem_grow(h->path, h->n + 1, sizeof(*h->path));
	h->path[h->n++] = mem_dup(path, strlen(path) + 1);
	return 0;
}

/* A whiteout hides what lower layers have, even when it comes after entries of its own layer. */
static int hide_below(struct tree *tree, const struct tree *own, const char *dir)
{
	struct hide h = {.own = own, .dir = dir, .len = strlen(dir)};
	int r = tree_walk(tree, hide_visit, &h);

	for (size_t i = 0; i < h.n; i++) {
		if (r >= 0)
			r = tree_remove(tree, h.path[i]);
		free(h.path[i]);
	}
	free(h.path);
	return r;
}

bool whiteout_is(const char *name)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

int whiteout_apply(struct tree *tree, const struct tree *own, char *path, char *name)
{
	const char *hidden = name + strlen(prefix);
	char *slash = strrchr(path, '/');

	if (strcmp(name, opaque) == 0) {
		*(slash ? slash : path) = '\0';
		return hide_below(tree, own, path);
	}
	if (whiteout_is(hidden))
		return 0; /* AUFS's own records: .wh..wh.plnk and the like */
	if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
		return -EBADMSG;
	memmove(name, hidden, strlen(hidden) + 1);
	return tree_get(own, path) ? hide_below(tree, own, path) : tree_remove(tree, path);
}
