#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "content.h"
#include "diag.h"
#include "io.h"
#include "mem.h"

struct disk {
	struct archive *out;
	const struct tree *tree;
	struct tree_links *links;
};

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct disk *d = ctx;
	const char *first = tree_links_first(d->links, f, path);
	struct archive_entry *e;
	int r = 0;

	if (!S_ISREG(f->mode) && !S_ISDIR(f->mode) && !S_ISLNK(f->mode))
		return 0;
	e = mem_must(archive_entry_new());
	archive_entry_copy_pathname(e, path);
	archive_entry_set_mode(e, f->mode & (S_IFMT | 0777));
	archive_entry_set_mtime(e, f->mtime, 0);
	archive_entry_set_size(e, S_ISREG(f->mode) && !first ? f->size : 0);
	if (first)
		archive_entry_copy_hardlink(e, first);
	else if (S_ISLNK(f->mode))
		archive_entry_copy_symlink(e, f->target);
	if (archive_write_header(d->out, e) != ARCHIVE_OK)
		r = say_error("%s: %s", path, archive_error_string(d->out));
	else if (S_ISREG(f->mode) && !first)
		r = content_write(d->out, path, d->tree, f);
	if (r >= 0 && archive_write_finish_entry(d->out) != ARCHIVE_OK)
		r = say_error("%s: %s", path, archive_error_string(d->out));
	archive_entry_free(e);
	return r;
}

static int write_here(const struct tree *t)
{
	struct disk d = {mem_must(archive_write_disk_new()), t, tree_links_new()};
	int r;

	(void)archive_write_disk_set_options(d.out,
		ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
			ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
	r = tree_walk(t, visit, &d);
	if (archive_write_close(d.out) != ARCHIVE_OK && r >= 0)
		r = say_error("%s", archive_error_string(d.out));
	archive_write_free(d.out);
	tree_links_free(d.links);
	return r < 0 ? -1 : 0;
}

int disk_write(const struct tree *t, const char *dir)
{
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = io_make_dirs(dir);

	if (here < 0 || r < 0 || chdir(dir) < 0) {
		r = say_error("%s: %s", dir, strerror(r < 0 ? -r : errno));
		if (here >= 0)
			(void)close(here);
		return r;
	}
	r = write_here(t);
	if (fchdir(here) < 0)
		r = say_error("%s", strerror(errno));
	(void)close(here);
	return r;
}
