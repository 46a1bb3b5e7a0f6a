#include "newc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <archive.h>
#include <archive_entry.h>

#include "diag.h"
#include "layer.h"
#include "mem.h"

enum {
	HEADER = 110,
	NAME_MOST = 4096,
	ZEROS_MOST = 16 << 20, /* between two archives */
};

/* Bytes, plain in memory or out of a decompressor. */
struct stream {
	const char *file;
	const uint8_t *data;    /* plain */
	size_t size, at;        /* at: how far it was read */
	struct archive *packed; /* NULL: plain */
};

struct reader {
	struct stream *in;
	struct tree *tree;
	struct tree *linked; /* an inode's number → a symlink to its first name */
	size_t *entries;     /* of all archives */
};

struct header {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, devmajor, devminor, rmajor, rminor,
		namesize, check;
};

/* How many bytes there were; fewer than asked for at the end. */
static ssize_t get(struct stream *s, void *buf, size_t size)
{
	size_t n = 0;

	if (!s->packed) {
		n = size < s->size - s->at ? size : s->size - s->at;
		if (n)
			memcpy(buf, s->data + s->at, n);
		s->at += n;
		return (ssize_t)n;
	}
	while (n < size) {
		la_ssize_t r = archive_read_data(s->packed, (char *)buf + n, size - n);

		if (r < 0)
			return say_error("%s: %s", s->file, archive_error_string(s->packed));
		if (r == 0)
			break;
		n += (size_t)r;
	}
	s->at += n;
	/* A few bytes can stand for petabytes. */
	if (s->at > LAYER_BYTES_MAX)
		return say_error(
			"%s: larger than %jd GiB", s->file, (intmax_t)(LAYER_BYTES_MAX >> 30));
	return (ssize_t)n;
}

static int cut_short(const struct stream *s)
{
	return say_error("%s: ends in the middle of a file", s->file);
}

static int skip_to(struct stream *s, size_t multiple)
{
	uint8_t pad[4];
	size_t n = (multiple - s->at % multiple) % multiple;

	return n == 0 || get(s, pad, n) == (ssize_t)n ? 0 : cut_short(s);
}

static int parse_header(const struct stream *s, const char *text, struct header *h)
{
	uint32_t *field = &h->ino;

	if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
		return say_error("%s: no initramfs: at byte %zu there is no \"070701\"", s->file,
			s->at - HEADER);
	for (size_t i = 0; i < 13; i++) {
		char digits[9] = {0}, *end;

		memcpy(digits, text + 6 + 8 * i, 8);
		field[i] = (uint32_t)strtoul(digits, &end, 16);
		if (*end)
			return say_error("%s: \"%s\" is no number", s->file, digits);
	}
	return 0;
}

/* What is left of one file's content. */
struct content {
	struct stream *in;
	size_t left;
};

static ssize_t read_content(void *ctx, void *buf, size_t size)
{
	struct content *c = ctx;
	ssize_t n;

	if (size > c->left)
		size = c->left;
	n = size ? get(c->in, buf, size) : 0;
	if (n < 0 || (size && n == 0))
		return -EIO;
	c->left -= (size_t)n;
	return n;
}

/* A name for the inode; the folder, so that none of them becomes large. */
static void name_inode(const struct header *h, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%x/%x-%x-%x", h->ino & 0xff, h->ino, h->devmajor, h->devminor);
}

/* A hard-linked file's content stands with one of its names; NULL: this is the first of them. */
static const char *find_linked(struct reader *r, const struct header *h)
{
	const struct tree_inode *f;
	char name[40];

	name_inode(h, name, sizeof(name));
	f = tree_get(r->linked, name);
	return f ? f->target : NULL;
}

static int note_linked(struct reader *r, const struct header *h, const char *path)
{
	char name[40];

	name_inode(h, name, sizeof(name));
	return tree_put_symlink(r->linked, name, path);
}

static int read_symlink(struct reader *r, const struct header *h, struct tree_inode *f)
{
	if (h->size > NAME_MOST)
		return say_error("%s: a symlink of %u bytes", r->in->file, h->size);
	f->target = mem_new(h->size + 1);
	return get(r->in, f->target, h->size) == (ssize_t)h->size ? 0 : cut_short(r->in);
}

static int put(struct reader *r, const struct header *h, const char *path)
{
	struct tree_inode f = {.mode = h->mode,
		.uid = h->uid,
		.gid = h->gid,
		.rdev = makedev(h->rmajor, h->rminor)};
	struct content c = {r->in, h->size};
	const char *first = S_ISREG(h->mode) && h->nlink > 1 ? find_linked(r, h) : NULL;
	int e = 0;

	if (S_ISLNK(h->mode) && read_symlink(r, h, &f) < 0)
		return -1;
	if (S_ISREG(h->mode) && (!first || h->size > 0))
		e = tree_store(read_content, &c, &f);
	if (e == 0 && first && h->size == 0)
		e = tree_link(r->tree, path, first);
	else if (e == 0)
		e = tree_put(r->tree, path, &f);
	if (e == 0 && S_ISREG(h->mode) && h->nlink > 1 && !first)
		e = note_linked(r, h, path);
	free(f.target);
	return e < 0 ? say_error("%s: %s: %s", r->in->file, path, strerror(-e)) : 0;
}

/* 1: an entry was read, 0: the archive's last. */
static int read_entry(struct reader *r, const char *header)
{
	char name[NAME_MOST + 1] = "";
	struct header h;
	int e;

	if (parse_header(r->in, header, &h) < 0)
		return -1;
	if (++*r->entries > LAYER_ENTRIES_MAX)
		return say_error("%s: more than %d files", r->in->file, LAYER_ENTRIES_MAX);
	if (h.namesize == 0 || h.namesize > NAME_MOST)
		return say_error("%s: a name of %u bytes", r->in->file, h.namesize);
	if (get(r->in, name, h.namesize) != (ssize_t)h.namesize)
		return cut_short(r->in);
	if (skip_to(r->in, 4) < 0)
		return -1;
	if (strcmp(name, "TRAILER!!!") == 0)
		return 0;
	e = put(r, &h, name);
	return e < 0 || skip_to(r->in, 4) < 0 ? -1 : 1;
}

/* Zeros, then a header: 1.  0: no more; of a plain stream, or no more that is plain. */
static int next_header(struct stream *s, char header[HEADER])
{
	size_t from = s->at;
	ssize_t n;

	do {
		if (s->at - from > ZEROS_MOST)
			return say_error(
				"%s: more than %d MiB of zeros", s->file, ZEROS_MOST >> 20);
		if (!s->packed && s->at < s->size && s->data[s->at] && s->data[s->at] != '0')
			return 0;
		n = get(s, header, 1);
	} while (n == 1 && header[0] == '\0');
	if (n <= 0)
		return (int)n;
	n = get(s, header + 1, HEADER - 1);
	return n == HEADER - 1 ? 1 : n < 0 ? -1 : cut_short(s);
}

static int read_archive(struct reader *r, char *header)
{
	int e;

	/* What a name is aligned to counts from the archive's beginning, the kernel from its own.
	 */
	while ((e = read_entry(r, header)) > 0) {
		ssize_t n = get(r->in, header, HEADER);

		if (n != HEADER)
			return n < 0 ? -1 : cut_short(r->in);
	}
	return e;
}

static int read_archives(struct stream *s, struct tree *t)
{
	size_t entries = 0;
	char header[HEADER];
	int e;

	while ((e = next_header(s, header)) > 0) {
		struct reader r = {.in = s, .tree = t, .linked = tree_new(), .entries = &entries};

		e = read_archive(&r, header);
		tree_free(r.linked);
		if (e < 0)
			return -1;
	}
	return e;
}

static int read_packed(const char *file, const uint8_t *data, size_t size, struct tree *t)
{
	struct stream s = {.file = file, .packed = mem_must(archive_read_new())};
	struct archive_entry *e;
	int r;

	(void)archive_read_support_format_raw(s.packed);
	(void)archive_read_support_filter_all(s.packed);
	if (archive_read_open_memory(s.packed, data, size) != ARCHIVE_OK ||
		archive_read_next_header(s.packed, &e) != ARCHIVE_OK)
		r = say_error("%s: %s", file, archive_error_string(s.packed));
	else
		r = read_archives(&s, t);
	archive_read_free(s.packed);
	return r;
}

int newc_is(const void *data, size_t size)
{
	static const struct {
		const char *magic;
		size_t size;
	} known[] = {{"070701", 6}, {"070702", 6}, {"\x28\xb5\x2f\xfd", 4}, {"\x1f\x8b", 2},
		{"\xfd"
		 "7zXZ",
			5},
		{"BZh", 3}, {"\x02\x21\x4c\x18", 4}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (size > known[i].size && memcmp(data, known[i].magic, known[i].size) == 0)
			return 1;
	return 0;
}

int newc_read(const char *file, const void *data, size_t size, struct tree *t)
{
	struct stream s = {.file = file, .data = data, .size = size};
	int r = read_archives(&s, t);

	if (r < 0 || s.at >= size)
		return r;
	return read_packed(file, s.data + s.at, size - s.at, t);
}
