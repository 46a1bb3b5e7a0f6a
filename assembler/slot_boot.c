#include "slot_boot.h"

#include <string.h>
#include <sys/stat.h>

#include "disk_names.h"
#include "opened_kinds.h"

/* ------------------------------------------------------------------ what differs */

enum {
	TOLD_MAX = 8, /* differences; of a partition with another system all are */
};

struct comparison {
	struct arena *arena;
	const struct manifest *manifest;
	const char *folder;
	const char *found; /* NULL: nothing so far */
	size_t n;
};

/* A name out of a file system may be anything; on a terminal it only shows itself. */
static const char *shown(struct arena *a, const char *name)
{
	char *text = arena_strdup(a, name);

	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

static void add(struct comparison *c, const char *name, const char *what)
{
	if (c->n++ == TOLD_MAX)
		c->found = arena_printf(c->arena, "%s; and more", c->found);
	else if (c->n <= TOLD_MAX)
		c->found =
			arena_printf(c->arena, "%s%sthe boot file %s %s", c->found ? c->found : "",
				c->found ? "; " : "", shown(c->arena, name), what);
}

static bool is_named(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (strcmp(m->file[i].name, name) == 0)
			return true;
	return false;
}

static int visit_file(void *ctx, const char *path, const struct tree_inode *f)
{
	struct comparison *c = ctx;
	size_t n = strlen(c->folder);

	if (S_ISREG(f->mode) && strncmp(path, c->folder, n) == 0 &&
		!is_named(c->manifest, path + n))
		add(c, path + n, "is not in the manifest");
	return 0;
}

const char *slot_boot_differs(
	struct arena *a, const struct tree *files, const char *folder, const struct manifest *m)
{
	struct comparison c = {.arena = a, .manifest = m, .folder = folder};

	for (size_t i = 0; i < m->n_files; i++) {
		const struct manifest_file *want = &m->file[i];
		const struct tree_inode *is =
			tree_get(files, arena_printf(a, "%s%s", folder, want->name));

		if (!is || !S_ISREG(is->mode))
			add(&c, want->name, "is missing");
		else if (memcmp(is->sha256, want->sha256, sizeof(want->sha256)) != 0)
			add(&c, want->name, "is not what was signed");
	}
	(void)tree_walk(files, visit_file, &c);
	return c.found;
}

/* ------------------------------------------------------------------ on a disk */

/* Where the boot files of slot 'a' or 'b' are; NULL: nowhere. */
static const struct table_part *find(
	struct arena *a, const struct slot_disk *d, char slot, const char **ret_folder)
{
	const struct table_part *own =
		disk_part_find(&d->table, arena_printf(a, "boot-%c", slot), d->has_record);

	*ret_folder = own ? "" : arena_printf(a, "%c/", slot);
	return own ? own : disk_part_find(&d->table, "boot", d->has_record);
}

static const char *check_in(struct arena *a, const struct mapped *part, uint64_t at,
	const char *folder, const struct manifest *m)
{
	const struct piece p = {.name = part->path,
		.data = part->data,
		.size = part->size,
		.fd = part->fd,
		.at = (off_t)at};
	struct tree *files = tree_new();
	const char *found = "its boot files cannot be read: their partition is no FAT file system";

	if (fat_is(&p))
		found = fat_unpack(a, &p, files) == 0 ? slot_boot_differs(a, files, folder, m)
						      : "its boot files cannot be read";
	tree_free(files);
	return found;
}

const char *slot_boot_check(struct arena *a, const struct slot_disk *d, const struct table_part *p,
	const struct manifest *m)
{
	char slot = disk_part_slot(disk_part_name(&d->table, p, d->has_record));
	const char *folder;
	const struct table_part *boot = slot ? find(a, d, slot, &folder) : NULL;
	struct mapped part;

	if (!boot)
		return m->n_files ? "the disk has no partition with its boot files" : NULL;
	part = slot_disk_part(a, d, boot);
	return check_in(a, &part, boot->first * TABLE_SECTOR, folder, m);
}
