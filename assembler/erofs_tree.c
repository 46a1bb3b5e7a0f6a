/* All of an EROFS into a tree. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "diag.h"
#include "erofs.h"
#include "layer.h"
#include "mem.h"

enum {
	DIRENT = 12,
	DEPTH_MAX = 64, /* of folders: one that holds itself has no end */
	FOLDER_MAX = 64 << 20,
	TARGET_MAX = 4096,
	XATTR_SHARED = 4,
	XATTR_ENTRY = 4,
};

struct unpack {
	const struct erofs *e;
	struct tree *tree;
	struct tree *linked; /* an inode's number → a symlink to its first name */
	size_t entries;
	uint64_t bytes;
};

static int failed(const struct unpack *u, const char *path, int e)
{
	return say_error("%s: %s: %s", u->e->file, path, strerror(-e));
}

/* All of it, ended by NUL; the caller frees it.  NULL after say_error(). */
static uint8_t *load(const struct unpack *u, const struct erofs_inode *f, uint64_t most)
{
	struct erofs_reader *r;
	uint8_t *data;
	uint64_t at = 0;
	ssize_t n = 1;

	if (f->size > most) {
		(void)erofs_bad(u->e, f->number, "too long for a folder or a link");
		return NULL;
	}
	r = erofs_reader_new(u->e, f);
	if (!r)
		return NULL;
	data = mem_new((size_t)f->size + 1);
	while (at < f->size && (n = erofs_read_next(r, data + at, (size_t)(f->size - at))) > 0)
		at += (uint64_t)n;
	erofs_reader_free(r);
	if (n > 0)
		return data;
	free(data);
	return NULL;
}

/* ------------------------------------------------------------------ extended attributes */

static const char *const prefixes[] = {NULL, "user.", "system.posix_acl_access",
	"system.posix_acl_default", "trusted.", NULL, "security."};

/* The attribute at *at, which goes behind it; 0, or -1. */
static int read_xattr(struct unpack *u, struct arena *a, const struct erofs_inode *f, uint64_t *at,
	struct tree_xattr *ret)
{
	const struct erofs *e = u->e;
	uint64_t name = erofs_get(e, *at, 1), prefix = erofs_get(e, *at + 1, 1);
	uint64_t size = erofs_get(e, *at + 2, 2), from = *at + XATTR_ENTRY;

	if (!erofs_is_there(e, *at, XATTR_ENTRY + name + size) ||
		prefix >= sizeof(prefixes) / sizeof(prefixes[0]) || !prefixes[prefix])
		return erofs_bad(e, f->number, "an extended attribute that is none");
	ret->name = arena_printf(
		a, "%s%.*s", prefixes[prefix], (int)name, (const char *)e->data + from);
	ret->value = (void *)(e->data + from + name);
	ret->size = (size_t)size;
	*at = (from + name + size + 3) / 4 * 4;
	return 0;
}

static int compare_xattr(const void *a, const void *b)
{
	const struct tree_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Shared ones first, by number, then those of its own. */
static int read_xattrs(
	struct unpack *u, struct arena *a, const struct erofs_inode *f, struct tree_inode *to)
{
	uint64_t shared = erofs_get(u->e, f->xattr_at + XATTR_SHARED, 1);
	uint64_t at = f->xattr_at + EROFS_XATTR_HEADER + 4 * shared;

	if (f->xattr_size == 0)
		return 0;
	if (at > f->after)
		return erofs_bad(u->e, f->number, "more attributes than it has");
	to->xattr = arena_alloc(a, (f->xattr_size / 4) * sizeof(*to->xattr));
	for (uint64_t i = 0; i < shared; i++) {
		uint64_t number = erofs_get(u->e, f->xattr_at + EROFS_XATTR_HEADER + 4 * i, 4);
		uint64_t from = u->e->xattrs + 4 * number;

		if (read_xattr(u, a, f, &from, &to->xattr[to->n_xattr++]) < 0)
			return -1;
	}
	while (at + XATTR_ENTRY <= f->after)
		if (read_xattr(u, a, f, &at, &to->xattr[to->n_xattr++]) < 0)
			return -1;
	qsort(to->xattr, to->n_xattr, sizeof(*to->xattr), compare_xattr);
	return 0;
}

/* ------------------------------------------------------------------ files */

static ssize_t read_content(void *ctx, void *buf, size_t size)
{
	return erofs_read_next(ctx, buf, size);
}

static int store(struct unpack *u, const struct erofs_inode *f, struct tree_inode *to)
{
	struct erofs_reader *r;
	int e;

	if (f->size > LAYER_BYTES_MAX - u->bytes)
		return say_error("%s: its files are larger than %jd GiB", u->e->file,
			(intmax_t)(LAYER_BYTES_MAX >> 30));
	u->bytes += f->size;
	r = erofs_reader_new(u->e, f);
	if (!r)
		return -1;
	e = tree_store(read_content, r, to);
	erofs_reader_free(r);
	return e;
}

static int fill(
	struct unpack *u, struct arena *a, const struct erofs_inode *f, struct tree_inode *to)
{
	uint8_t *target;

	*to = (struct tree_inode){.mode = f->mode, .uid = f->uid, .gid = f->gid, .rdev = f->rdev};
	if (read_xattrs(u, a, f, to) < 0)
		return -1;
	if (S_ISREG(f->mode))
		return store(u, f, to);
	if (!S_ISLNK(f->mode))
		return 0;
	target = load(u, f, TARGET_MAX);
	if (!target)
		return -1;
	to->target = arena_strdup(a, (const char *)target);
	free(target);
	return 0;
}

/* A second name of a file: 1, or 0 when it is the first one, which is remembered. */
static int put_link(struct unpack *u, const char *path, const struct erofs_inode *f)
{
	char number[32];
	const struct tree_inode *first;
	int e;

	if (S_ISDIR(f->mode) || f->links < 2)
		return 0;
	(void)snprintf(number, sizeof(number), "%x/%" PRIu64, (unsigned)f->number & 0xff,
		f->number); /* the folder, so that none becomes large */
	first = tree_get(u->linked, number);
	if (!first)
		return tree_put_symlink(u->linked, number, path);
	e = tree_link(u->tree, path, first->target);
	return e < 0 ? e : 1;
}

static int put(struct unpack *u, const char *path, const struct erofs_inode *f)
{
	struct tree_inode to;
	struct arena *a;
	int e = put_link(u, path, f);

	if (e != 0)
		return e < 0 ? failed(u, path, e) : 0;
	a = arena_new();
	e = fill(u, a, f, &to);
	if (e == 0)
		e = tree_put(u->tree, path, &to);
	arena_free(a);
	return e < -1 ? failed(u, path, e) : e;
}

/* ------------------------------------------------------------------ folders */

static int unpack_folder(
	struct unpack *u, const char *path, const struct erofs_inode *dir, int depth);

/* Of a path that is known to be good so far. */
static int unpack_name(struct unpack *u, const char *path, uint64_t number, int depth)
{
	struct erofs_inode f;

	if (++u->entries > LAYER_ENTRIES_MAX)
		return say_error("%s: more than %d files", u->e->file, LAYER_ENTRIES_MAX);
	if (erofs_inode(u->e, number, &f) < 0 || put(u, path, &f) < 0)
		return -1;
	return S_ISDIR(f.mode) ? unpack_folder(u, path, &f, depth + 1) : 0;
}

static bool is_dots(const char *name, size_t n)
{
	return n <= 2 && memcmp(name, "..", n) == 0;
}

/* One block of a folder: lines with a number and where the name begins, then the names. */
static int unpack_block(struct unpack *u, const char *folder, const struct erofs_inode *dir,
	const uint8_t *block, size_t size, int depth)
{
	const struct erofs b = {.data = block, .size = size};
	size_t n = (size_t)erofs_get(&b, 8, 2) / DIRENT;

	if (n == 0 || n * DIRENT > size)
		return erofs_bad(u->e, dir->number, "a folder that is none");
	for (size_t i = 0; i < n; i++) {
		uint64_t from = erofs_get(&b, i * DIRENT + 8, 2);
		uint64_t to = i + 1 < n ? erofs_get(&b, (i + 1) * DIRENT + 8, 2) : size;
		const char *name = (const char *)block + from;
		char path[PATH_MAX];
		size_t len;

		if (from < n * DIRENT || to > size || from >= to)
			return erofs_bad(u->e, dir->number, "a folder that is none");
		len = strnlen(name, to - from);
		if (len == 0 || len > NAME_MAX || memchr(name, '/', len))
			return erofs_bad(u->e, dir->number, "a name in it is none");
		if (is_dots(name, len))
			continue;
		if (snprintf(path, sizeof(path), "%s%s%.*s", folder, *folder ? "/" : "", (int)len,
			    name) >= (int)sizeof(path))
			return erofs_bad(u->e, dir->number, "a path is too long");
		if (unpack_name(u, path, erofs_get(&b, i * DIRENT, 8), depth) < 0)
			return -1;
	}
	return 0;
}

static int unpack_folder(
	struct unpack *u, const char *path, const struct erofs_inode *dir, int depth)
{
	size_t block = (size_t)1 << u->e->block_bits;
	uint8_t *data;
	int e = 0;

	if (!S_ISDIR(dir->mode) || depth > DEPTH_MAX)
		return erofs_bad(u->e, dir->number, "no folder, or one too deep");
	data = load(u, dir, FOLDER_MAX);
	if (!data)
		return -1;
	for (size_t at = 0; e == 0 && at < dir->size; at += block)
		e = unpack_block(u, path, dir, data + at,
			dir->size - at < block ? (size_t)dir->size - at : block, depth);
	free(data);
	return e;
}

int erofs_unpack(const struct erofs *e, struct tree *t)
{
	struct unpack u = {.e = e, .tree = t, .linked = tree_new()};
	struct erofs_inode root;
	int r = erofs_inode(e, e->root, &root);

	if (r == 0)
		r = unpack_folder(&u, "", &root, 0);
	tree_free(u.linked);
	return r < 0 ? -1 : 0;
}
