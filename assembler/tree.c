#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "store.h"

struct node {
	char *name;
	struct tree_inode *inode;
	struct node **child; /* sorted by name */
	size_t n, cap;
};

struct tree {
	struct node root;
};

static void inode_unref(struct tree_inode *f)
{
	if (--f->links > 0)
		return;
	for (size_t i = 0; i < f->n_xattr; i++) {
		free(f->xattr[i].name);
		free(f->xattr[i].value);
	}
	free(f->xattr);
	free(f->target);
	free(f);
}

static struct tree_inode *inode_copy(const struct tree_inode *from)
{
	struct tree_inode *f = mem_dup(from, sizeof(*from));

	f->links = 0;
	if (from->target)
		f->target = mem_dup(from->target, strlen(from->target) + 1);
	if (from->n_xattr == 0) {
		f->xattr = NULL;
		return f;
	}
	f->xattr = mem_new(from->n_xattr * sizeof(*f->xattr));
	for (size_t i = 0; i < from->n_xattr; i++) {
		const struct tree_xattr *x = &from->xattr[i];

		f->xattr[i].name = mem_dup(x->name, strlen(x->name) + 1);
		f->xattr[i].value = mem_dup(x->value, x->size);
		f->xattr[i].size = x->size;
	}
	return f;
}

static void node_set_inode(struct node *d, struct tree_inode *f)
{
	f->links++;
	if (d->inode)
		inode_unref(d->inode);
	d->inode = f;
}

static void node_free_children(struct node *d);

static void node_free(struct node *d)
{
	node_free_children(d);
	inode_unref(d->inode);
	free(d->name);
	free(d);
}

static void node_free_children(struct node *d)
{
	for (size_t i = 0; i < d->n; i++)
		node_free(d->child[i]);
	free(d->child);
	d->child = NULL;
	d->n = d->cap = 0;
}

struct tree *tree_new(void)
{
	const struct tree_inode dir = {.mode = S_IFDIR | 0755};
	struct tree *t = mem_new(sizeof(*t));

	node_set_inode(&t->root, inode_copy(&dir));
	store_acquire();
	return t;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	node_free_children(&t->root);
	inode_unref(t->root.inode);
	free(t);
	store_release();
}

/* One name of a path. */
struct part {
	const char *name;
	size_t len;
};

/* The next name, skipping "/" and "."; 0 at the end, or -errno. */
static int part_next(const char **path, struct part *ret)
{
	const char *p = *path;

	do {
		p += strspn(p, "/");
		ret->name = p;
		ret->len = strcspn(p, "/");
		p += ret->len;
	} while (ret->len == 1 && ret->name[0] == '.');
	*path = p;
	if (ret->len == 2 && memcmp(ret->name, "..", 2) == 0)
		return -EINVAL;
	if (ret->len > NAME_MAX)
		return -ENAMETOOLONG;
	return ret->len > 0;
}

static int part_compare(const struct part *p, const char *name)
{
	int c = strncmp(p->name, name, p->len);

	return c ? c : -(name[p->len] != '\0');
}

/* Where the name is among the children, or would be. */
static bool child_find(const struct node *d, const struct part *p, size_t *ret_at)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = part_compare(p, d->child[mid]->name);

		if (c == 0) {
			*ret_at = mid;
			return true;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	*ret_at = lo;
	return false;
}

static struct node *child_insert(struct node *d, const struct part *p, size_t at)
{
	struct node *c = mem_new(sizeof(*c));

	c->name = mem_new(p->len + 1);
	memcpy(c->name, p->name, p->len);
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 4;
		d->child = mem_grow(d->child, d->cap, sizeof(*d->child));
	}
	memmove(&d->child[at + 1], &d->child[at], (d->n - at) * sizeof(*d->child));
	d->child[at] = c;
	d->n++;
	return c;
}

static void child_remove(struct node *d, size_t at)
{
	node_free(d->child[at]);
	d->n--;
	memmove(&d->child[at], &d->child[at + 1], (d->n - at) * sizeof(*d->child));
}

static struct node *child_make_dir(struct node *d, const struct part *p, size_t at)
{
	const struct tree_inode dir = {.mode = S_IFDIR | 0755};
	struct node *c = child_insert(d, p, at);

	node_set_inode(c, inode_copy(&dir));
	return c;
}

/* The directory that holds the path's last name; the name is empty for the root. */
static int find_parent(
	struct tree *t, const char *path, bool make, struct node **ret_dir, struct part *ret_name)
{
	struct node *d = &t->root;
	struct part here, next;
	size_t at;
	int r;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	r = part_next(&path, &here);
	if (r < 0)
		return r;
	while ((r = part_next(&path, &next)) > 0) {
		if (child_find(d, &here, &at))
			d = d->child[at];
		else if (make)
			d = child_make_dir(d, &here, at);
		else
			return -ENOENT;
		if (!S_ISDIR(d->inode->mode))
			return -ENOTDIR;
		here = next;
	}
	if (r < 0)
		return r;
	*ret_dir = d;
	*ret_name = here;
	return 0;
}

static struct node *find(const struct tree *t, const char *path)
{
	struct node *d;
	struct part name;
	size_t at;

	/* Without `make` nothing is changed. */
	if (find_parent((struct tree *)t, path, false, &d, &name) < 0)
		return NULL;
	if (name.len == 0)
		return d;
	return child_find(d, &name, &at) ? d->child[at] : NULL;
}

static int put_inode(struct tree *t, const char *path, struct tree_inode *f)
{
	struct node *d, *c;
	struct part name;
	size_t at;
	int r;

	r = find_parent(t, path, true, &d, &name);
	if (r < 0)
		return r;
	if (name.len == 0 && !S_ISDIR(f->mode))
		return -EISDIR;
	if (name.len == 0)
		c = d;
	else if (child_find(d, &name, &at))
		c = d->child[at];
	else
		c = child_insert(d, &name, at);
	if (!S_ISDIR(f->mode))
		node_free_children(c);
	node_set_inode(c, f);
	return 0;
}

int tree_put(struct tree *t, const char *path, const struct tree_inode *inode)
{
	struct tree_inode *f = inode_copy(inode);
	int r;

	f->links = 1;
	r = put_inode(t, path, f);
	inode_unref(f);
	return r;
}

int tree_store(tree_source *source, void *ctx, struct tree_inode *ret_inode)
{
	return store_add(source, ctx, ret_inode);
}

int tree_link(struct tree *t, const char *path, const char *existing)
{
	struct node *d = find(t, existing);
	struct tree_inode *f;
	int r;

	if (!d)
		return -ENOENT;
	if (S_ISDIR(d->inode->mode))
		return -EPERM;
	/* Held meanwhile: the path may be the existing name itself. */
	f = d->inode;
	f->links++;
	r = put_inode(t, path, f);
	inode_unref(f);
	return r;
}

int tree_remove(struct tree *t, const char *path)
{
	struct node *d;
	struct part name;
	size_t at;
	int r;

	r = find_parent(t, path, false, &d, &name);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	if (name.len == 0)
		node_free_children(d);
	else if (child_find(d, &name, &at))
		child_remove(d, at);
	return 0;
}

int tree_remove_children(struct tree *t, const char *path)
{
	struct node *d = find(t, path);

	if (!d)
		return 0;
	if (!S_ISDIR(d->inode->mode))
		return -ENOTDIR;
	node_free_children(d);
	return 0;
}

const struct tree_inode *tree_get(const struct tree *t, const char *path)
{
	const struct node *d = find(t, path);

	return d ? d->inode : NULL;
}

ssize_t tree_read(
	const struct tree *t, const struct tree_inode *f, void *buf, size_t size, off_t at)
{
	(void)t;
	return store_read(f, buf, size, at);
}

static int walk(const struct node *d, char *path, size_t len, tree_visit *visit, void *ctx)
{
	int r;

	for (size_t i = 0; i < d->n; i++) {
		const struct node *c = d->child[i];
		size_t n = strlen(c->name);

		if (len + n + 2 > PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(path + len, c->name, n + 1);
		r = visit(ctx, path, c->inode);
		if (r < 0)
			return r;
		path[len + n] = '/';
		r = walk(c, path, len + n + 1, visit, ctx);
		if (r < 0)
			return r;
	}
	return 0;
}

int tree_walk(const struct tree *t, tree_visit *visit, void *ctx)
{
	char path[PATH_MAX];

	return walk(&t->root, path, 0, visit, ctx);
}
