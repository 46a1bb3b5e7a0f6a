#include "deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cache.h"
#include "diag.h"
#include "proc.h"
#include "sha256.h"

#define DOWNLOADER "/usr/lib/apt/apt-helper"

/* The base address, among those of the machine's own apt sources, that ends in ARCHIVE. */
static const char *mirror_of(struct arena *a, const char *archive)
{
	static const char *const argv[] = {
		"apt-get", "indextargets", "--format", "$(SITE)/", "Created-By: Packages", NULL};
	char *out = NULL, *save = NULL;
	const char *ending = arena_printf(a, "/%s/", archive);
	size_t n = strlen(ending);

	if (proc_capture(a, argv, &out, NULL) != 0)
		return NULL;
	for (char *line = strtok_r(out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(line);

		/* SITE may or may not end in a slash of its own. */
		while (len > 1 && line[len - 1] == '/' && line[len - 2] == '/')
			line[--len] = '\0';
		if (len > n && strcmp(line + len - n, ending) == 0)
			return line;
	}
	return NULL;
}

static int is_good(const char *path, const struct lock_entry *e)
{
	uint8_t sum[32];
	char hex[65];
	struct stat st;

	if (stat(path, &st) < 0 || st.st_size != e->size || sha256_file(path, sum) < 0)
		return 0;
	sha256_hex(sum, hex);
	return strcmp(hex, e->sha256) == 0;
}

static int download(struct arena *a, const struct lock_entry *e, const char *path)
{
	const char *mirror = mirror_of(a, e->archive), *name = lock_package_name(a, e);
	const char *tmp = arena_printf(a, "%s.%d", path, (int)getpid());
	const char *const argv[] = {DOWNLOADER, "-qq", "-o", "APT::Sandbox::User=root",
		"download-file", arena_printf(a, "%s%s", mirror ? mirror : "", e->path), tmp,
		arena_printf(a, "SHA256:%s", e->sha256), NULL};

	if (!mirror)
		return say_error("%s %s: no apt source of this machine has the archive \"%s\"",
			name, e->version, e->archive);
	say_progress("downloading %s %s (%" PRId64 " KiB)", name, e->version, e->size / 1024);
	if (proc_run(argv) == 0 && is_good(tmp, e) && rename(tmp, path) == 0)
		return 0;
	(void)unlink(tmp);
	return say_error(
		"%s %s: cannot be downloaded as pinned in packages.lock; when the mirror has "
		"moved on to a newer version, `make lock` refreshes the pins",
		name, e->version);
}

const char *deb_fetch(struct arena *a, const struct lock_entry *e)
{
	const char *name = strrchr(e->path, '/');
	const char *path =
		cache_path(a, arena_printf(a, "deb/%.16s", e->sha256), name ? name + 1 : e->path);

	if (!path)
		return NULL;
	if (is_good(path, e))
		return path;
	return download(a, e, path) < 0 ? NULL : path;
}

/* The member data.tar.* of the outer archive, as a stream for the inner one. */
struct member {
	struct archive *outer;
	char buf[65536];
};

static la_ssize_t read_member(struct archive *inner, void *ctx, const void **ret_buf)
{
	struct member *m = ctx;
	la_ssize_t n = archive_read_data(m->outer, m->buf, sizeof(m->buf));

	if (n < 0)
		archive_set_error(
			inner, archive_errno(m->outer), "%s", archive_error_string(m->outer));
	*ret_buf = m->buf;
	return n;
}

static ssize_t read_entry(void *ctx, void *buf, size_t size)
{
	la_ssize_t n = archive_read_data(ctx, buf, size);

	return n < 0 ? -EIO : (ssize_t)n;
}

static const char *clean_path(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	while (path[0] == '/')
		path++;
	return path;
}

static int put_entry(struct archive *in, struct archive_entry *e, struct tree *t, const char *to)
{
	const struct stat *st = archive_entry_stat(e);
	struct tree_inode inode = {.mode = st->st_mode, .rdev = st->st_rdev};
	int r = 0;

	if (archive_entry_hardlink(e))
		return tree_link(t, to, clean_path(archive_entry_hardlink(e)));
	if (S_ISLNK(st->st_mode))
		return tree_put_symlink(t, to, archive_entry_symlink(e));
	if (S_ISREG(st->st_mode))
		r = tree_store(read_entry, in, &inode);
	return r < 0 ? r : tree_put(t, to, &inode);
}

static int extract_all(
	struct archive *in, struct tree *t, deb_pick *pick, void *ctx, const char *deb)
{
	struct archive_entry *e;
	int r;

	while ((r = archive_read_next_header(in, &e)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		const char *path = clean_path(archive_entry_pathname(e));
		const char *to = *path ? pick(ctx, path) : NULL;

		if (!to)
			continue;
		r = put_entry(in, e, t, to);
		if (r < 0)
			return say_error("%s: cannot unpack %s: %s", deb, path, strerror(-r));
	}
	return r == ARCHIVE_EOF ? 0 : say_error("%s: %s", deb, archive_error_string(in));
}

static int extract_member(
	struct archive *outer, struct tree *t, deb_pick *pick, void *ctx, const char *deb)
{
	struct member *m = calloc(1, sizeof(*m));
	struct archive *in = archive_read_new();
	int r = -1;

	if (!m || !in) {
		r = say_error("%s: out of memory", deb);
	} else {
		m->outer = outer;
		(void)archive_read_support_filter_all(in);
		(void)archive_read_support_format_tar(in);
		if (archive_read_open(in, m, NULL, read_member, NULL) == ARCHIVE_OK)
			r = extract_all(in, t, pick, ctx, deb);
		else
			r = say_error("%s: %s", deb, archive_error_string(in));
	}
	if (in)
		(void)archive_read_free(in);
	free(m);
	return r;
}

int deb_extract(const char *deb_file, struct tree *t, deb_pick *pick, void *ctx)
{
	struct archive *outer = archive_read_new();
	struct archive_entry *e;
	int r = -1, found = 0;

	if (!outer)
		return say_error("%s: out of memory", deb_file);
	(void)archive_read_support_format_ar(outer);
	if (archive_read_open_filename(outer, deb_file, 65536) != ARCHIVE_OK) {
		r = say_error("%s: %s", deb_file, archive_error_string(outer));
		(void)archive_read_free(outer);
		return r;
	}
	while (!found && archive_read_next_header(outer, &e) == ARCHIVE_OK)
		found = strncmp(archive_entry_pathname(e), "data.tar", 8) == 0;
	r = found ? extract_member(outer, t, pick, ctx, deb_file)
		  : say_error("%s: is no Debian package: it has no data.tar", deb_file);
	(void)archive_read_free(outer);
	return r;
}

const char *deb_host_arch(void)
{
	static const struct {
		const char *machine, *debian;
	} known[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "armhf"}};
	struct utsname u;

	for (size_t i = 0; uname(&u) == 0 && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(u.machine, known[i].machine) == 0)
			return known[i].debian;
	return known[0].debian;
}
