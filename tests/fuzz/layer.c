/*
 * A layer of an image, on top of one with links and folders in its way.  Whatever it holds, the
 * tree stays a tree, and written as a tar and read again it is the same.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../assembler/diag.h"
#include "../../assembler/layer.h"
#include "../../assembler/tar.h"
#include "fuzz.h"

/* What is said of a bad layer is nothing to find out about. */
int say_error(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

static void put(int fd, const void *data, size_t size)
{
	MUST(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	MUST(size == 0 || write(fd, data, size) == (ssize_t)size);
}

static int apply(struct tree *t, int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return layer_apply(t, path, NULL, NULL);
}

static struct tree *lower(void)
{
	struct tree *t = tree_new();

	MUST(tree_put_file(t, "usr/lib/x", 0644, "x", 1) == 0);
	MUST(tree_put_symlink(t, "lib", "usr/lib") == 0);
	MUST(tree_put_symlink(t, "up", "../../..") == 0);
	MUST(tree_put_symlink(t, "loop", "loop/loop") == 0);
	MUST(tree_link(t, "hard", "usr/lib/x") == 0);
	return t;
}

struct seen {
	const struct tree *tree;
	size_t n;
};

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct seen *s = ctx;
	uint8_t byte;

	MUST(path[0] && path[0] != '/' && strlen(path) < PATH_MAX);
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		MUST(n > 0 && n <= NAME_MAX && !(n == 1 && *p == '.'));
		MUST(!(n == 2 && p[0] == '.' && p[1] == '.'));
	}
	MUST(tree_get(s->tree, path) == f && f->links > 0);
	MUST(!S_ISLNK(f->mode) || f->target);
	if (S_ISREG(f->mode) && f->size > 0)
		MUST(tree_read(s->tree, f, &byte, 1, f->size - 1) == 1);
	s->n++;
	return 0;
}

static void again(const struct tree *t, int fd)
{
	uint8_t before[32], after[32];
	struct tree *copy;

	put(fd, NULL, 0);
	if (tar_write(t, fd) < 0)
		return; /* a name that no tar can hold */
	copy = tree_new();
	MUST(apply(copy, fd) == 0);
	tree_digest(t, before);
	tree_digest(copy, after);
	MUST(memcmp(before, after, sizeof(before)) == 0);
	tree_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int in = -1, out = -1;
	struct tree *t = lower();
	struct seen s = {.tree = t};

	if (in < 0) {
		in = memfd_create("layer", MFD_CLOEXEC);
		out = memfd_create("copy", MFD_CLOEXEC);
	}
	put(in, data, size);
	if (apply(t, in) == 0)
		again(t, out);
	/* When refused it is half-way, but still a tree. */
	MUST(tree_walk(t, visit, &s) == 0);
	tree_free(t);
	return 0;
}
