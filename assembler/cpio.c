#include "cpio.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "cache.h"
#include "content.h"
#include "diag.h"
#include "mem.h"
#include "sha256.h"

/* Part of a segment's name in the cache: goes up when the same tree gives other bytes. */
#define FORMAT "1"
#define LEVEL  "19"

struct cpio {
	struct archive *out;
	const struct tree *tree;
	struct tree_links *links;
	struct numbers {
		const struct tree_inode *inode;
		int64_t ino;
	} * linked; /* inodes with several names */
	size_t n_linked;
	int64_t next_ino;
};

static int fail(struct cpio *c, const char *path)
{
	return say_error("cannot write %s into a cpio: %s", path, archive_error_string(c->out));
}

static int64_t inode_number(struct cpio *c, const struct tree_inode *f, bool first)
{
	if (f->links < 2 || S_ISDIR(f->mode))
		return c->next_ino++;
	for (size_t i = 0; !first && i < c->n_linked; i++)
		if (c->linked[i].inode == f)
			return c->linked[i].ino;
	c->linked = mem_grow(c->linked, c->n_linked + 1, sizeof(*c->linked));
	c->linked[c->n_linked] = (struct numbers){f, c->next_ino};
	c->n_linked++;
	return c->next_ino++;
}

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct cpio *c = ctx;
	bool first = !tree_links_first(c->links, f, path);
	bool has_content = S_ISREG(f->mode) && first;
	struct archive_entry *e = mem_must(archive_entry_new());
	int r;

	archive_entry_copy_pathname(e, path);
	archive_entry_set_mode(e, f->mode);
	archive_entry_set_uid(e, f->uid);
	archive_entry_set_gid(e, f->gid);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_nlink(e, S_ISDIR(f->mode) ? 1 : f->links);
	archive_entry_set_ino64(e, inode_number(c, f, first));
	archive_entry_set_rdev(e, f->rdev);
	/* The content stands with the first name; the kernel links the others to it. */
	archive_entry_set_size(e, has_content ? f->size : 0);
	if (S_ISLNK(f->mode))
		archive_entry_copy_symlink(e, f->target);
	r = archive_write_header(c->out, e) == ARCHIVE_OK ? 0 : fail(c, path);
	archive_entry_free(e);
	if (r < 0 || !has_content)
		return r;
	return content_write(c->out, path, c->tree, f);
}

static int open_output(struct cpio *c, int fd, bool compress)
{
	if (archive_write_set_format_cpio_newc(c->out) != ARCHIVE_OK)
		return fail(c, "the header");
	if (compress && (archive_write_add_filter_zstd(c->out) != ARCHIVE_OK ||
				archive_write_set_filter_option(
					c->out, "zstd", "compression-level", LEVEL) != ARCHIVE_OK))
		return fail(c, "the header");
	/* No padding of the last block: the next segment follows at once. */
	archive_write_set_bytes_in_last_block(c->out, 1);
	if (archive_write_open_fd(c->out, fd) != ARCHIVE_OK)
		return fail(c, "the header");
	return 0;
}

int cpio_write(const struct tree *t, int fd, bool compress)
{
	struct cpio c = {.tree = t, .next_ino = 1};
	int r;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	c.out = mem_must(archive_write_new());
	c.links = tree_links_new();
	r = open_output(&c, fd, compress);
	if (r >= 0)
		r = tree_walk(t, visit, &c);
	if (r >= 0 && archive_write_close(c.out) != ARCHIVE_OK)
		r = fail(&c, "the end");
	archive_write_free(c.out);
	tree_links_free(c.links);
	free(c.linked);
	return r < 0 ? -1 : 0;
}

static int make_segment(struct arena *a, const struct cpio_segment *s)
{
	char *tmp;
	int fd = cache_begin(a, s->path, &tmp);

	if (fd < 0)
		return -1;
	if (cpio_write(s->tree, fd, true) < 0) {
		cache_abort(fd, tmp);
		return -1;
	}
	return cache_commit_summed(a, fd, tmp, s->path) < 0 ? -1 : 0;
}

static int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return say_error("cannot wait for a child: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* A child each, which shares the trees and the store's file; the oldest is waited for. */
static int make_at_once(struct arena *a, struct cpio_segment *const missing[], size_t n)
{
	long most = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t *pid = mem_new(n * sizeof(*pid));
	size_t first = 0;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (most > 0 && i - first >= (size_t)most)
			r |= end_of(pid[first++]);
		(void)fflush(NULL);
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(make_segment(a, missing[i]) < 0);
		if (pid[i] < 0) {
			r = say_error("cannot start a child: %s", strerror(errno));
			n = i;
		}
	}
	for (; first < n; first++)
		r |= end_of(pid[first]);
	free(pid);
	return r < 0 ? -1 : 0;
}

static const char *segment_path(struct arena *a, const struct tree *t)
{
	uint8_t sum[32];
	char hex[65];

	tree_digest(t, sum);
	sha256_hex(sum, hex);
	return cache_path(a, "segment", arena_printf(a, "%s.cpio%s.zst", hex, FORMAT));
}

int cpio_segments(struct arena *a, struct cpio_segment segment[], size_t n)
{
	struct cpio_segment **missing = arena_alloc(a, n * sizeof(struct cpio_segment *));
	size_t n_missing = 0;

	for (size_t i = 0; i < n; i++) {
		segment[i].path = segment_path(a, segment[i].tree);
		if (!segment[i].path)
			return -1;
		if (cache_has(segment[i].path))
			continue;
		say_progress("compressing %s", segment[i].what);
		missing[n_missing++] = &segment[i];
	}
	return n_missing == 1 ? make_segment(a, missing[0]) : make_at_once(a, missing, n_missing);
}
