/* The parts of tree.h that need no more than the other parts of tree.h. */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "sha256.h"

struct memory {
	const uint8_t *data;
	size_t size;
};

static ssize_t memory_source(void *ctx, void *buf, size_t size)
{
	struct memory *m = ctx;

	if (size > m->size)
		size = m->size;
	if (size)
		memcpy(buf, m->data, size);
	m->data += size;
	m->size -= size;
	return (ssize_t)size;
}

int tree_put_file(struct tree *t, const char *path, mode_t perm, const void *data, size_t size)
{
	struct tree_inode f = {.mode = S_IFREG | (perm & 07777)};
	struct memory m = {data, size};
	int r;

	r = tree_store(memory_source, &m, &f);
	return r < 0 ? r : tree_put(t, path, &f);
}

static ssize_t fd_source(void *ctx, void *buf, size_t size)
{
	const int *fd = ctx;
	ssize_t n;

	do
		n = read(*fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int tree_put_fd(struct tree *t, const char *path, mode_t perm, int fd)
{
	struct tree_inode f = {.mode = S_IFREG | (perm & 07777)};
	int r;

	r = tree_store(fd_source, &fd, &f);
	return r < 0 ? r : tree_put(t, path, &f);
}

int tree_put_dir(struct tree *t, const char *path, mode_t perm)
{
	const struct tree_inode f = {.mode = S_IFDIR | (perm & 07777)};

	return tree_put(t, path, &f);
}

int tree_put_symlink(struct tree *t, const char *path, const char *target)
{
	const struct tree_inode f = {.mode = S_IFLNK | 0777, .target = (char *)target};

	return tree_put(t, path, &f);
}

struct tree_links {
	void *root; /* of struct link_name, by tsearch() */
};

struct link_name {
	const struct tree_inode *inode;
	char path[];
};

static int link_compare(const void *a, const void *b)
{
	const struct link_name *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

struct tree_links *tree_links_new(void)
{
	return mem_new(sizeof(struct tree_links));
}

void tree_links_free(struct tree_links *l)
{
	tdestroy(l->root, free);
	free(l);
}

const char *tree_links_first(struct tree_links *l, const struct tree_inode *f, const char *path)
{
	struct link_name key = {.inode = f}, *name, **found;

	if (f->links < 2 || S_ISDIR(f->mode))
		return NULL;
	found = tfind(&key, &l->root, link_compare);
	if (found)
		return (*found)->path;
	name = mem_new(sizeof(*name) + strlen(path) + 1);
	name->inode = f;
	memcpy(name->path, path, strlen(path) + 1);
	(void)mem_must(tsearch(name, &l->root, link_compare));
	return NULL;
}

struct graft {
	struct tree *to;
	const char *path;
	struct tree_links *links;
};

static int graft_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct graft *g = ctx;
	char to[2 * PATH_MAX], first[2 * PATH_MAX];
	const char *linked = tree_links_first(g->links, f, path);

	(void)snprintf(to, sizeof(to), "%s/%s", g->path, path);
	if (!linked)
		return tree_put(g->to, to, f);
	(void)snprintf(first, sizeof(first), "%s/%s", g->path, linked);
	return tree_link(g->to, to, first);
}

int tree_graft(struct tree *t, const char *path, const struct tree *from)
{
	struct graft g = {t, path, NULL};
	int r;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	r = tree_put(t, path, tree_get(from, ""));
	if (r < 0)
		return r;
	g.links = tree_links_new();
	r = tree_walk(from, graft_visit, &g);
	tree_links_free(g.links);
	return r;
}

struct digest {
	struct sha256 sum;
	struct tree_links *links;
};

/* Every piece goes in with its length, so that no two trees give the same stream. */
static void digest_bytes(struct digest *d, const void *data, uint64_t size)
{
	sha256_add(&d->sum, &size, sizeof(size));
	if (size)
		sha256_add(&d->sum, data, size);
}

static void digest_string(struct digest *d, const char *s)
{
	digest_bytes(d, s, s ? strlen(s) : 0);
}

static int digest_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct digest *d = ctx;
	const uint64_t number[] = {f->mode, f->uid, f->gid, f->rdev, (uint64_t)f->size, f->n_xattr};

	digest_string(d, path);
	digest_string(d, tree_links_first(d->links, f, path));
	digest_bytes(d, number, sizeof(number));
	digest_string(d, f->target);
	digest_bytes(d, f->sha256, f->size ? sizeof(f->sha256) : 0);
	for (size_t i = 0; i < f->n_xattr; i++) {
		digest_string(d, f->xattr[i].name);
		digest_bytes(d, f->xattr[i].value, f->xattr[i].size);
	}
	return 0;
}

void tree_digest(const struct tree *t, uint8_t ret_sha256[32])
{
	struct digest d;

	sha256_begin(&d.sum);
	d.links = tree_links_new();
	(void)digest_visit(&d, "", tree_get(t, ""));
	(void)tree_walk(t, digest_visit, &d);
	tree_links_free(d.links);
	sha256_end(&d.sum, ret_sha256);
}

/* A path that is being resolved: what is done, and what is still to come. */
struct follow {
	const struct tree *tree;
	char done[PATH_MAX], todo[PATH_MAX];
	size_t len; /* of done */
	int links;
};

static void follow_up(struct follow *s)
{
	while (s->len > 0 && s->done[s->len - 1] != '/')
		s->len--;
	while (s->len > 0 && s->done[s->len - 1] == '/')
		s->len--;
	s->done[s->len] = '\0';
}

static int follow_down(struct follow *s, const char *name, size_t n)
{
	if (s->len + n + 2 > sizeof(s->done))
		return -ENAMETOOLONG;
	if (s->len > 0)
		s->done[s->len++] = '/';
	memcpy(s->done + s->len, name, n);
	s->len += n;
	s->done[s->len] = '\0';
	return 0;
}

/* The symlink that `done` names is replaced by its target. */
static int follow_link(struct follow *s, const char *target, const char *rest)
{
	size_t n = strlen(target), m = strlen(rest);

	if (++s->links > 40)
		return -ELOOP;
	if (n + m + 2 > sizeof(s->todo))
		return -ENAMETOOLONG;
	memmove(s->todo + n + 1, rest, m + 1);
	memcpy(s->todo, target, n);
	s->todo[n] = '/';
	if (target[0] == '/')
		s->len = 0;
	else
		follow_up(s);
	s->done[s->len] = '\0';
	return 0;
}

static int follow_step(struct follow *s)
{
	const struct tree_inode *f;
	char *name = s->todo + strspn(s->todo, "/");
	size_t n = strcspn(name, "/");
	const char *rest = name + n;
	int r;

	if (n == 2 && memcmp(name, "..", 2) == 0) {
		follow_up(s);
	} else if (n > 0 && !(n == 1 && name[0] == '.')) {
		r = follow_down(s, name, n);
		if (r < 0)
			return r;
		f = tree_get(s->tree, s->done);
		if (f && S_ISLNK(f->mode) && rest[strspn(rest, "/")])
			return follow_link(s, f->target, rest);
	}
	memmove(s->todo, rest, strlen(rest) + 1);
	return 0;
}

int tree_follow(const struct tree *t, const char *path, char **ret_path)
{
	struct follow *s;
	int r = 0;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	s = mem_new(sizeof(*s));
	s->tree = t;
	memcpy(s->todo, path, strlen(path) + 1);
	while (r == 0 && s->todo[0])
		r = follow_step(s);
	if (r == 0)
		*ret_path = mem_dup(s->done, s->len + 1);
	free(s);
	return r;
}
