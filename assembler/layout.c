#include "layout.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mem.h"

int layout_add(struct layout *l, const char *what, struct tree *tree)
{
	int r = tree_graft(l->merged, "", tree);

	l->piece = mem_grow(l->piece, l->n_pieces + 1, sizeof(*l->piece));
	l->piece[l->n_pieces++] = (struct segment){what, tree};
	return r < 0 ? say_error("%s: %s", what, strerror(-r)) : 0;
}

int layout_put(struct layout *l, const char *path, const struct tree_inode *inode)
{
	char *real;
	int r = tree_follow(l->merged, path, &real);

	if (r < 0)
		return say_error("/%s: %s", path, strerror(-r));
	/* `merged` last: what is put may be a changed copy of its inode, whose parts go then. */
	r = tree_put(l->own, real, inode);
	if (r >= 0)
		r = tree_put(l->merged, real, inode);
	free(real);
	return r < 0 ? say_error("/%s: %s", path, strerror(-r)) : 0;
}

int layout_put_dir(struct layout *l, const char *path, mode_t perm)
{
	const struct tree_inode f = {.mode = S_IFDIR | perm};

	return layout_put(l, path, &f);
}

int layout_put_symlink(struct layout *l, const char *path, const char *target)
{
	const struct tree_inode f = {.mode = S_IFLNK | 0777, .target = (char *)target};

	return layout_put(l, path, &f);
}

struct text {
	const char *at;
};

static ssize_t text_source(void *ctx, void *buf, size_t size)
{
	struct text *t = ctx;
	size_t n = strnlen(t->at, size);

	memcpy(buf, t->at, n);
	t->at += n;
	return (ssize_t)n;
}

int layout_put_text(struct layout *l, const char *path, mode_t perm, const char *text)
{
	struct tree_inode f = {.mode = S_IFREG | perm};
	struct text t = {text};
	int r = tree_store(text_source, &t, &f);

	return r < 0 ? say_error("/%s: %s", path, strerror(-r)) : layout_put(l, path, &f);
}
