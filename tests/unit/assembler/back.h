/*
 * What a test of the back of the host tool needs besides said.h: trees as text, tar files made by
 * libarchive, and what say_error() said.
 */
#pragma once

#include "said.h"

#include <errno.h>
#include <getopt.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <archive.h>
#include <archive_entry.h>
#include "../../../assembler/cache.h"
#include "../../../assembler/sha256.h"
#include "../../../assembler/tree.h"

/* stderr goes to memory from here to caught_end(). */
struct caught {
	int saved, memory;
};

static inline struct caught caught_begin(void)
{
	struct caught c = {dup(STDERR_FILENO), memfd_create("caught", MFD_CLOEXEC)};

	(void)fflush(stderr);
	assert_true(c.saved >= 0 && c.memory >= 0);
	assert_int_equal(dup2(c.memory, STDERR_FILENO), STDERR_FILENO);
	return c;
}

static inline const char *caught_end(struct desk *t, struct caught c)
{
	off_t len;
	char *text;

	(void)fflush(stderr);
	assert_int_equal(dup2(c.saved, STDERR_FILENO), STDERR_FILENO);
	len = lseek(c.memory, 0, SEEK_END);
	text = arena_alloc(t->a, (size_t)len + 1);
	assert_int_equal(pread(c.memory, text, (size_t)len, 0), len);
	(void)close(c.saved);
	(void)close(c.memory);
	return text;
}

struct dump {
	struct desk *desk;
	const struct tree *tree;
	struct tree_links *links;
	char *text;
};

static inline const char *dump_content(struct dump *d, const struct tree_inode *f)
{
	char *text = arena_alloc(d->desk->a, (size_t)f->size + 1);

	if (f->size > 64)
		return arena_printf(d->desk->a, "(%jd bytes)", (intmax_t)f->size);
	assert_int_equal(tree_read(d->tree, f, text, (size_t)f->size, 0), f->size);
	return text;
}

static inline const char *dump_what(struct dump *d, const char *path, const struct tree_inode *f)
{
	const char *first = tree_links_first(d->links, f, path);

	if (first)
		return arena_printf(d->desk->a, "same as %s", first);
	switch (f->mode & S_IFMT) {
	case S_IFREG:
		return arena_printf(d->desk->a, "file %s", dump_content(d, f));
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return arena_printf(d->desk->a, "-> %s", f->target);
	case S_IFIFO:
		return "fifo";
	default:
		return arena_printf(d->desk->a, "%s %u:%u", S_ISCHR(f->mode) ? "char" : "block",
			major(f->rdev), minor(f->rdev));
	}
}

static inline int dump_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct dump *d = ctx;

	d->text = arena_printf(d->desk->a, "%s%s %04o %u:%u %s\n", d->text, path, f->mode & 07777,
		f->uid, f->gid, dump_what(d, path, f));
	return 0;
}

/* A line a name: "PATH MODE UID:GID WHAT". */
static inline const char *dump(struct desk *t, const struct tree *tree)
{
	struct dump d = {t, tree, tree_links_new(), arena_strdup(t->a, "")};

	assert_int_equal(tree_walk(tree, dump_visit, &d), 0);
	tree_links_free(d.links);
	return d.text;
}

static inline const char *content(struct desk *t, const struct tree *tree, const char *path)
{
	const struct tree_inode *f = tree_get(tree, path);
	char *text;

	assert_non_null(f);
	text = arena_alloc(t->a, (size_t)f->size + 1);
	for (off_t at = 0; at < f->size;) {
		ssize_t n = tree_read(tree, f, text + at, (size_t)(f->size - at), at);

		assert_true(n > 0);
		at += n;
	}
	return text;
}

enum pack {
	PACK_NONE,
	PACK_GZIP,
	PACK_ZSTD,
};

/* A tar in the making. */
struct maker {
	struct archive *out;
	const char *path;
};

static inline struct maker maker_open(struct desk *t, const char *name, enum pack pack)
{
	struct maker m = {archive_write_new(), desk_path(t, name)};

	assert_int_equal(archive_write_set_format_pax(m.out), ARCHIVE_OK);
	if (pack == PACK_GZIP)
		assert_int_equal(archive_write_add_filter_gzip(m.out), ARCHIVE_OK);
	if (pack == PACK_ZSTD)
		assert_int_equal(archive_write_add_filter_zstd(m.out), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(m.out, m.path), ARCHIVE_OK);
	return m;
}

/* mode with its type; text: content, link target, or NULL. */
static inline struct archive_entry *maker_entry(const char *path, mode_t mode, const char *text)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_copy_pathname(e, path);
	archive_entry_set_mode(e, mode);
	if (S_ISLNK(mode))
		archive_entry_copy_symlink(e, text);
	else
		archive_entry_set_size(e, text ? (la_int64_t)strlen(text) : 0);
	return e;
}

static inline void maker_put(struct maker *m, struct archive_entry *e, const char *text)
{
	assert_int_equal(archive_write_header(m->out, e), ARCHIVE_OK);
	if (text)
		assert_int_equal(archive_write_data(m->out, text, strlen(text)), strlen(text));
	archive_entry_free(e);
}

static inline void maker_add(struct maker *m, const char *path, mode_t mode, const char *text)
{
	maker_put(m, maker_entry(path, mode, text), S_ISREG(mode) ? text : NULL);
}

static inline void maker_link(struct maker *m, const char *path, const char *existing)
{
	struct archive_entry *e = maker_entry(path, S_IFREG | 0644, NULL);

	archive_entry_copy_hardlink(e, existing);
	maker_put(m, e, NULL);
}

static inline const char *maker_close(struct maker *m)
{
	assert_int_equal(archive_write_close(m->out), ARCHIVE_OK);
	archive_write_free(m->out);
	return m->path;
}

/* "sha256:…" of a file */
static inline const char *digest_of(struct desk *t, const char *path)
{
	uint8_t sum[32];
	char hex[65];

	assert_int_equal(sha256_file(path, sum), 0);
	sha256_hex(sum, hex);
	return arena_printf(t->a, "sha256:%s", hex);
}
