/* Read-only roots: squashfs, erofs, and either in a slot (slot(5)). */
#include "opened_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../lib/manifest.h"
#include "diag.h"
#include "erofs.h"
#include "io.h"
#include "layer.h"
#include "sha256.h"
#include "slot.h"
#include "tool.h"

enum {
	SQUASHFS_HEADER = 96,
	SQUASHFS_BYTES = 40,
};

/* ------------------------------------------------------------------ slots */

/* Nothing is said of its signature, for which there is `nanny verify`. */
bool slot_describe(struct reading *r, const struct piece *p, struct opened_place *place)
{
	const char *text;
	struct manifest m;
	char why[256], root[65];

	if (p->size < SLOT_FOOTER)
		return false;
	text = (const char *)p->data + p->size - SLOT_FOOTER;
	if (manifest_parse(text, strnlen(text, SLOT_MANIFEST_MAX), &m, why, sizeof(why)) < 0 ||
		slot_size(&m) > p->size)
		return false;
	sha256_hex(m.root, root);
	place->board = arena_strdup(r->o->arena, m.board);
	place->version = arena_strdup(r->o->arena, m.version);
	place->root = arena_strdup(r->o->arena, root);
	place->used = (off_t)slot_size(&m);
	return true;
}

/* Of a disk's second slot, the system stands beside that of the first. */
static int put_root(struct reading *r, const struct piece *p, const struct tree *t)
{
	const char *slot = r->slot && *r->slot ? r->slot : "x";
	const char *to = r->has_root ? arena_printf(r->o->arena, "slot-%s", slot) : "";
	int e = tree_graft(r->o->root, to, t);

	r->has_root = true;
	return e < 0 ? say_error("%s: %s", p->name, strerror(-e)) : 0;
}

/* ------------------------------------------------------------------ squashfs */

bool squashfs_is(const struct piece *p)
{
	return piece_has(p, 0, "hsqs");
}

static int unpack_squashfs(struct reading *r, const struct piece *p, int image, int tar)
{
	const char *const argv[] = {"sqfs2tar", piece_path(r->o->arena, image), NULL};
	const struct tool t = {.argv = argv, .out = tar, .out_max = 2 * LAYER_BYTES_MAX};
	struct tree *tree;
	int e;

	if (tool_run(r->o->arena, &t) < 0)
		return say_error("%s: its squashfs cannot be read", p->name);
	tree = tree_new();
	e = layer_unpack(tree, p->name, tar);
	if (e == 0)
		e = put_root(r, p, tree);
	tree_free(tree);
	return e;
}

/* It is copied out: sqfs2tar reads files from their beginning. */
static int copy_squashfs(struct reading *r, const struct piece *p, uint64_t bytes)
{
	int image = io_temp(), tar = io_temp();
	int e = image < 0 ? image : tar < 0 ? tar : io_write(image, p->data, bytes);

	e = e < 0 ? say_error("%s: %s", p->name, strerror(-e)) : unpack_squashfs(r, p, image, tar);
	if (image >= 0)
		(void)close(image);
	if (tar >= 0)
		(void)close(tar);
	return e;
}

int squashfs_read(struct reading *r, const struct piece *p)
{
	struct opened_place slot = {.name = "slot", .size = (off_t)p->size};
	uint64_t bytes = piece_little(p, SQUASHFS_BYTES, 8);

	if (bytes < SQUASHFS_HEADER || bytes > p->size)
		return say_error("%s: a squashfs of %" PRIu64 " bytes, and there are %" PRIu64
				 ": cut short?",
			p->name, bytes, p->size);
	if (!r->is_inside && slot_describe(r, p, &slot)) {
		slot.is = "squashfs";
		*opened_add_place(r->o, slot.name, 0, p->size) = slot;
	}
	say_progress("unpacking the root (squashfs)");
	return copy_squashfs(r, p, bytes);
}

/* ------------------------------------------------------------------ erofs */

enum {
	EROFS_MAGIC = 1024,
};

bool erofs_is(const struct piece *p)
{
	return piece_has(p, EROFS_MAGIC, "\xe2\xe1\xf5\xe0");
}

int erofs_read(struct reading *r, const struct piece *p)
{
	struct tree *tree = tree_new();
	struct erofs image;
	int e;

	say_progress("unpacking the root (erofs)");
	e = erofs_open(p->name, p->data, p->size, &image);
	if (e == 0)
		e = erofs_unpack(&image, tree);
	if (e == 0)
		e = put_root(r, p, tree);
	tree_free(tree);
	return e;
}
