/* The kernel as a boot loader likes it: loading is slow, so it is small. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "cache.h"
#include "content.h"
#include "io.h"
#include "mem.h"
#include "sha256.h"

/* arm64 has a bare image, with this at 56 (Documentation/arch/arm64/booting.rst). */
static bool is_bare(const struct tree *t, const struct tree_inode *f)
{
	char magic[4];

	return tree_read(t, f, magic, sizeof(magic), 56) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, "ARM\x64", sizeof(magic)) == 0;
}

static int pack(const struct tree *t, const struct tree_inode *f, int fd)
{
	struct archive *out = mem_must(archive_write_new());
	struct archive_entry *e = mem_must(archive_entry_new());
	int r = 0;

	archive_entry_set_pathname(e, "kernel");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_size(e, f->size);
	/* No time in the header: the same kernel gives the same bytes. */
	if (archive_write_set_format_raw(out) != ARCHIVE_OK ||
		archive_write_add_filter_gzip(out) != ARCHIVE_OK ||
		archive_write_set_options(out, "gzip:!timestamp,gzip:compression-level=9") !=
			ARCHIVE_OK ||
		archive_write_open_fd(out, fd) != ARCHIVE_OK ||
		archive_write_header(out, e) != ARCHIVE_OK)
		r = say_error("gzip: %s", archive_error_string(out));
	if (r == 0)
		r = content_write(out, "kernel", t, f);
	if (archive_write_close(out) != ARCHIVE_OK && r == 0)
		r = say_error("gzip: %s", archive_error_string(out));
	archive_write_free(out);
	archive_entry_free(e);
	return r;
}

/* It takes seconds, and kernels change rarely. */
static int make_packed(struct product *p, const struct tree_inode *f, const char *path)
{
	char *tmp;
	int fd = cache_begin(p->arena, path, &tmp);

	if (fd < 0)
		return -1;
	say_progress("compressing the kernel");
	if (pack(p->kernel->boot, f, fd) < 0) {
		cache_abort(fd, tmp);
		return -1;
	}
	return cache_commit_summed(p->arena, fd, tmp, path) < 0 ? -1 : 0;
}

int part_kernel_packed(struct product *p, const char *path, int fd)
{
	const struct tree_inode *f = tree_get(p->kernel->boot, "kernel");
	char hex[65];
	const char *packed;
	int in, r;

	if (!is_bare(p->kernel->boot, f))
		return part_kernel(p, path, fd);
	sha256_hex(f->sha256, hex);
	packed = cache_path(p->arena, "kernel", arena_printf(p->arena, "%s.gz", hex));
	if (!packed || (!cache_has(packed) && make_packed(p, f, packed) < 0))
		return -1;
	in = open(packed, O_RDONLY | O_CLOEXEC);
	r = in >= 0 ? io_copy(in, fd) : -errno;
	if (in >= 0)
		(void)close(in);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}
