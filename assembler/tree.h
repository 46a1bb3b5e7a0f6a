/*
 * A file tree in memory: what an image's layers make when applied, or what goes into an initrd.
 * Never the host's file system, so no owner, device node or ".." of an image can reach it.
 *
 * Names are sorted, so that the same content gives the same bytes.  File content is not held in
 * memory: it is a range in the store, an unlinked temporary file that all trees share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tree;

struct tree_xattr {
	char *name;
	void *value;
	size_t size;
};

/* An inode: two names of one hard-linked file share it. */
struct tree_inode {
	mode_t mode; /* type and permissions */
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	int64_t mtime;
	off_t offset, size; /* regular file: where its content lies in the store */
	char *target;       /* symlink */
	struct tree_xattr *xattr;
	size_t n_xattr;
	unsigned links;     /* names it has in its tree */
	uint8_t sha256[32]; /* regular file: of the content */
};

struct tree *tree_new(void);
void tree_free(struct tree *t);

/*
 * Paths are relative to the root ("usr/bin/x"); leading "/" and "./" are dropped, "" is the root.
 * -EINVAL for "..", -ENOTDIR when a parent is no directory (symlinks are never followed).  Missing
 * parents are made with mode 0755, owner 0:0.  An existing node of the same name is replaced,
 * except that a directory put on a directory keeps its children.
 */
int tree_put(struct tree *t, const char *path, const struct tree_inode *inode);
int tree_put_file(struct tree *t, const char *path, mode_t perm, const void *data, size_t size);
int tree_put_fd(struct tree *t, const char *path, mode_t perm, int fd);
int tree_put_dir(struct tree *t, const char *path, mode_t perm);
int tree_put_symlink(struct tree *t, const char *path, const char *target);
int tree_link(struct tree *t, const char *path, const char *existing);
int tree_remove(struct tree *t, const char *path);          /* with all below it; 0 if absent */
int tree_remove_children(struct tree *t, const char *path); /* opaque directory */
/*
 * Everything of `from` at `path` of t, the root's owner and mode too.  Content is not copied;
 * the new files are no hard links of those in `from`.
 */
int tree_graft(struct tree *t, const char *path, const struct tree *from);

/* Content in pieces: like read(2), or -errno. */
typedef ssize_t tree_source(void *ctx, void *buf, size_t size);
/* Content into the store; sets offset, size and sha256 for a tree_put() into any tree. */
int tree_store(tree_source *source, void *ctx, struct tree_inode *ret_inode);

const struct tree_inode *tree_get(const struct tree *t, const char *path);
/* Reads from the store; like pread(2), or -errno. */
ssize_t tree_read(
	const struct tree *t, const struct tree_inode *f, void *buf, size_t size, off_t at);

/*
 * The same path with every symlink among its parents followed inside the tree; the last name is not
 * followed.  For layers only: an image may ship lib/x in one layer while a lower one has
 * lib → usr/lib, and every runtime puts it in usr/lib.  "/" and ".." in a target end at the tree's
 * root, never above it.  -ELOOP after 40 links.  The caller frees the result.
 */
int tree_follow(const struct tree *t, const char *path, char **ret_path);

/* In order of names, parents first; the root is not visited.  Stops at the first r < 0. */
typedef int tree_visit(void *ctx, const char *path, const struct tree_inode *inode);
int tree_walk(const struct tree *t, tree_visit *visit, void *ctx);
/* Over everything but mtime: the key under which what was made of the tree is cached. */
void tree_digest(const struct tree *t, uint8_t ret_sha256[32]);

/* Which name of a hard-linked inode a walk met first. */
struct tree_links;
struct tree_links *tree_links_new(void);
void tree_links_free(struct tree_links *l);
/* NULL: `path` is the first one, and is remembered. */
const char *tree_links_first(struct tree_links *l, const struct tree_inode *f, const char *path);
