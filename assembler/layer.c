#include "layer.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include "diag.h"
#include "mem.h"
#include "sha256.h"
#include "whiteout.h"

/*
 * Two readers: `packed` takes the compression off, and what it gives is hashed on the way into
 * `tar`. One reader could do both, but would keep the plain bytes, which diff_id is about, to
 * itself.
 */
struct layer {
	const char *file;
	int fd; /* -1: a layer, which has whiteouts, under the name of its file */
	struct tree *tree;
	struct tree *own; /* the names this layer brought: whiteouts hide only what lies below */
	struct archive *packed, *tar;
	size_t entries;
	int64_t bytes; /* of their content, as the headers say */
	struct sha256 sum;
	uint8_t buf[1 << 16];
};

static int fail(const struct layer *l, const char *path, int r)
{
	const char *why = r == -EINVAL ? "leaves the image's root" : strerror(-r);

	return say_error("%s: %s: %s", l->file, path, why);
}

static la_ssize_t read_plain(struct archive *a, void *ctx, const void **ret_buf)
{
	struct layer *l = ctx;
	la_ssize_t n = archive_read_data(l->packed, l->buf, sizeof(l->buf));

	if (n < 0) {
		archive_set_error(a, EIO, "%s", archive_error_string(l->packed));
		return -1;
	}
	sha256_add(&l->sum, l->buf, (size_t)n);
	*ret_buf = l->buf;
	return n;
}

/* What follows the end of the archive belongs to the diff_id too. */
static int read_rest(struct layer *l)
{
	const void *buf;
	int64_t all = 0;
	la_ssize_t n;

	do {
		n = read_plain(l->tar, l, &buf);
		all += n;
		if (all > LAYER_REST_MAX)
			return say_error("%s: more than %d MiB follow the end of the archive",
				l->file, LAYER_REST_MAX >> 20);
	} while (n > 0);
	return n < 0 ? say_error("%s: %s", l->file, archive_error_string(l->tar)) : 0;
}

/* Before anything of the entry is unpacked: a few bytes can stand for petabytes. */
static int check_bounds(struct layer *l, struct archive_entry *e)
{
	int64_t size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;

	if (++l->entries > LAYER_ENTRIES_MAX)
		return say_error("%s: more than %d entries", l->file, LAYER_ENTRIES_MAX);
	if (size < 0 || size > LAYER_BYTES_MAX - l->bytes)
		return say_error(
			"%s: larger than %jd GiB", l->file, (intmax_t)(LAYER_BYTES_MAX >> 30));
	l->bytes += size;
	return 0;
}

/* Holes come as zeros, and the store makes holes of them again. */
static ssize_t read_content(void *ctx, void *buf, size_t size)
{
	la_ssize_t n = archive_read_data(ctx, buf, size);

	return n < 0 ? -EIO : n;
}

static int compare_xattr(const void *a, const void *b)
{
	const struct tree_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct tree_xattr *find_xattr(struct tree_inode *f, const char *name)
{
	for (size_t i = 0; i < f->n_xattr; i++)
		if (strcmp(f->xattr[i].name, name) == 0)
			return &f->xattr[i];
	return &f->xattr[f->n_xattr++];
}

/* Letters that separate or end a name in a tar or on the device stand in no attribute of Linux. */
static bool is_xattr_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '=')
			return false;
	return *name;
}

/* Names and values stay the entry's.  A tar may hold one twice, in two notations: the last counts.
 */
static int get_xattrs(
	struct layer *l, const char *path, struct archive_entry *e, struct tree_inode *f)
{
	int n = archive_entry_xattr_reset(e);
	const char *name;
	const void *value;
	size_t size;

	if (n <= 0)
		return 0;
	f->xattr = mem_new((size_t)n * sizeof(*f->xattr));
	while (n-- > 0 && archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
		if (!is_xattr_name(name))
			return say_error("%s: %s: an extended attribute has a name that is none",
				l->file, path);
		*find_xattr(f, name) = (struct tree_xattr){(char *)name, (void *)value, size};
	}
	qsort(f->xattr, f->n_xattr, sizeof(*f->xattr), compare_xattr);
	return 0;
}

/* Cut down to what a system has, it would be another's: of 1 << 32 nothing is left but root. */
static bool is_owner(int64_t id)
{
	return id >= 0 && id < UINT32_MAX;
}

static int put_entry(struct layer *l, const char *path, struct archive_entry *e)
{
	struct tree_inode f = {
		.mode = (archive_entry_filetype(e) & S_IFMT) | (archive_entry_perm(e) & 07777),
		.uid = (uid_t)archive_entry_uid(e),
		.gid = (gid_t)archive_entry_gid(e),
		.rdev = archive_entry_rdev(e),
		.mtime = archive_entry_mtime(e),
		.target = (char *)archive_entry_symlink(e),
	};
	int r = 0;

	if (!is_owner(archive_entry_uid(e)) || !is_owner(archive_entry_gid(e)))
		return say_error("%s: %s: its owner %jd:%jd is none that a system has", l->file,
			path, (intmax_t)archive_entry_uid(e), (intmax_t)archive_entry_gid(e));
	if (S_ISREG(f.mode))
		r = tree_store(read_content, l->tar, &f);
	if (r < 0)
		return say_error("%s: %s: %s", l->file, path,
			archive_errno(l->tar) ? archive_error_string(l->tar) : strerror(-r));
	if (S_ISLNK(f.mode) && !f.target)
		return say_error("%s: %s: symlink without a target", l->file, path);
	if (get_xattrs(l, path, e, &f) < 0) {
		free(f.xattr);
		return -1;
	}
	r = tree_put(l->tree, path, &f);
	free(f.xattr);
	return r < 0 ? fail(l, path, r) : 0;
}

static bool is_escape(const char *name)
{
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && name[0] == '.' && name[1] == '.')
			return true;
		name += n;
		name += strspn(name, "/");
	}
	return false;
}

static int put_link(struct layer *l, const char *path, const char *target)
{
	char *existing;
	int r;

	if (is_escape(target))
		return fail(l, path, -EINVAL);
	r = tree_follow(l->tree, target, &existing);
	if (r < 0)
		return fail(l, target, r);
	r = tree_link(l->tree, path, existing);
	free(existing);
	if (r < 0)
		return say_error("%s: %s: cannot be a hard link to %s: %s", l->file, path, target,
			strerror(-r));
	return 0;
}

/* The name, at the end of the path, begins as that of a whiteout. */
static int apply_whiteout(struct layer *l, char *path, char *name)
{
	int r = whiteout_apply(l->tree, l->own, path, name);

	if (r == -EBADMSG)
		return say_error("%s: %s: whiteout of nothing", l->file, path);
	return r < 0 ? fail(l, path, r) : 0;
}

static int apply_to(struct layer *l, char *path, struct archive_entry *e)
{
	char *slash = strrchr(path, '/');
	char *name = slash ? slash + 1 : path;
	const char *target = archive_entry_hardlink(e);
	const struct tree_inode mark = {.mode = S_IFDIR | 0755};
	int r;

	if (l->fd < 0 && whiteout_is(name))
		return apply_whiteout(l, path, name);
	r = target ? put_link(l, path, target) : put_entry(l, path, e);
	if (r < 0)
		return r;
	r = tree_put(l->own, path, &mark);
	return r < 0 ? fail(l, path, r) : 0;
}

static int apply_entry(struct layer *l, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	char *path;
	int r;

	if (!name)
		return say_error("%s: an entry without a name", l->file);
	if (check_bounds(l, e) < 0)
		return -1;
	if (is_escape(name))
		return fail(l, name, -EINVAL);
	r = tree_follow(l->tree, name, &path);
	if (r < 0)
		return fail(l, name, r);
	r = apply_to(l, path, e);
	free(path);
	return r;
}

static int apply_all(struct layer *l)
{
	struct archive_entry *e;
	int r;

	while ((r = archive_read_next_header(l->tar, &e)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		if (r == ARCHIVE_WARN)
			return say_error("%s: %s", l->file, archive_error_string(l->tar));
		if (apply_entry(l, e) < 0)
			return -1;
	}
	if (r != ARCHIVE_EOF)
		return say_error("%s: %s", l->file, archive_error_string(l->tar));
	return l->fd < 0 ? read_rest(l) : 0;
}

static int open_packed(struct layer *l)
{
	struct archive_entry *e;

	archive_read_support_format_raw(l->packed);
	archive_read_support_filter_none(l->packed);
	archive_read_support_filter_gzip(l->packed);
	archive_read_support_filter_zstd(l->packed);
	archive_read_support_filter_bzip2(l->packed);
	archive_read_support_filter_xz(l->packed);
	if ((l->fd < 0 ? archive_read_open_filename(l->packed, l->file, 1 << 16)
		       : archive_read_open_fd(l->packed, l->fd, 1 << 16)) != ARCHIVE_OK ||
		archive_read_next_header(l->packed, &e) != ARCHIVE_OK)
		return say_error("%s: %s", l->file,
			archive_error_string(l->packed) ? archive_error_string(l->packed)
							: "empty, not a layer");
	archive_read_support_format_tar(l->tar);
	if (l->fd >= 0)
		archive_read_support_format_iso9660(l->tar);
	archive_read_support_filter_none(l->tar);
	if (archive_read_open(l->tar, l, NULL, read_plain, NULL) != ARCHIVE_OK)
		return say_error("%s: %s", l->file, archive_error_string(l->tar));
	return 0;
}

static int check_sum(const char *file, const char *what, const uint8_t sum[32], const char *want)
{
	char hex[65];

	if (!want)
		return 0;
	sha256_hex(sum, hex);
	if (strncmp(want, "sha256:", 7) == 0 && strcmp(want + 7, hex) == 0)
		return 0;
	return say_error("%s: %s is sha256:%s, not %s as the image says", file, what, hex, want);
}

static int check_file(const char *file, const char *digest)
{
	uint8_t sum[32];
	int r;

	if (!digest)
		return 0;
	r = sha256_file(file, sum);
	if (r < 0)
		return say_error("%s: %s", file, strerror(-r));
	return check_sum(file, "its digest", sum, digest);
}

/* fd as in struct layer; the sum is that of the plain bytes. */
static int read_archive(struct tree *t, const char *file, int fd, uint8_t ret_sum[32])
{
	struct layer *l;
	int r;

	/* libarchive translates names of PAX headers into the locale's characters. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	l = mem_new(sizeof(*l));
	l->file = file;
	l->fd = fd;
	l->tree = t;
	l->own = tree_new();
	l->packed = mem_must(archive_read_new());
	l->tar = mem_must(archive_read_new());
	sha256_begin(&l->sum);

	r = open_packed(l);
	if (r >= 0)
		r = apply_all(l);
	sha256_end(&l->sum, ret_sum);

	archive_read_free(l->tar);
	archive_read_free(l->packed);
	tree_free(l->own);
	free(l);
	return r < 0 ? -1 : 0;
}

int layer_apply(struct tree *t, const char *file, const char *digest, const char *diff_id)
{
	uint8_t sum[32];

	if (check_file(file, digest) < 0 || read_archive(t, file, -1, sum) < 0)
		return -1;
	return check_sum(file, "the diff_id", sum, diff_id);
}

int layer_unpack(struct tree *t, const char *file, int fd)
{
	uint8_t sum[32];

	if (lseek(fd, 0, SEEK_SET) < 0)
		return say_error("%s: %s", file, strerror(errno));
	return read_archive(t, file, fd, sum);
}
