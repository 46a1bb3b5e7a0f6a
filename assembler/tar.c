#include "tar.h"

#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "content.h"
#include "diag.h"
#include "mem.h"

struct tar {
	struct archive *out;
	const struct tree *tree;
	struct tree_links *links;
};

static int fail(struct tar *c, const char *path)
{
	return say_error("cannot write %s into a tar: %s", path, archive_error_string(c->out));
}

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct tar *c = ctx;
	const char *first = tree_links_first(c->links, f, path);
	bool has_content = S_ISREG(f->mode) && !first;
	struct archive_entry *e = mem_must(archive_entry_new());
	int r;

	archive_entry_copy_pathname(e, path);
	archive_entry_set_mode(e, f->mode);
	archive_entry_set_uid(e, f->uid);
	archive_entry_set_gid(e, f->gid);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_rdev(e, f->rdev);
	archive_entry_set_size(e, has_content ? f->size : 0);
	if (first)
		archive_entry_copy_hardlink(e, first);
	else if (S_ISLNK(f->mode))
		archive_entry_copy_symlink(e, f->target);
	for (size_t i = 0; i < f->n_xattr && !first; i++)
		archive_entry_xattr_add_entry(
			e, f->xattr[i].name, f->xattr[i].value, f->xattr[i].size);
	r = archive_write_header(c->out, e) == ARCHIVE_OK ? 0 : fail(c, path);
	archive_entry_free(e);
	if (r < 0 || !has_content)
		return r;
	return content_write(c->out, path, c->tree, f);
}

int tar_write(const struct tree *t, int fd)
{
	struct tar c = {.tree = t};
	int r = 0;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	c.out = mem_must(archive_write_new());
	c.links = tree_links_new();
	if (archive_write_set_format_pax_restricted(c.out) != ARCHIVE_OK ||
		archive_write_open_fd(c.out, fd) != ARCHIVE_OK)
		r = fail(&c, "the header");
	if (r >= 0)
		r = tree_walk(t, visit, &c);
	if (r >= 0 && archive_write_close(c.out) != ARCHIVE_OK)
		r = fail(&c, "the end");
	archive_write_free(c.out);
	tree_links_free(c.links);
	return r < 0 ? -1 : 0;
}
