#include "erofs.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "diag.h"

enum {
	SUPER = 1024, /* where the superblock is, and in it … */
	SUPER_SIZE = 128,
	BLOCK_BITS = 12,
	ROOT = 14,
	BLOCKS = 36,
	META_BLOCK = 40,
	XATTR_BLOCK = 44,
	FEATURES = 80,
	LZ4_0PADDING = 1, /* the one feature that is known here */
	INODE_UNIT = 32,  /* numbers count these */
	INODE_LONG = 1,   /* bit 0 of the format: 64 bytes instead of 32 */
};

bool erofs_is_there(const struct erofs *e, uint64_t at, uint64_t bytes)
{
	return at <= e->size && bytes <= e->size - at;
}

uint64_t erofs_get(const struct erofs *e, uint64_t at, size_t bytes)
{
	uint64_t v = 0;

	if (!erofs_is_there(e, at, bytes))
		return 0;
	while (bytes--)
		v = v << 8 | e->data[at + bytes];
	return v;
}

int erofs_bad(const struct erofs *e, uint64_t inode, const char *what)
{
	return say_error("%s: erofs: inode %" PRIu64 ": %s", e->file, inode, what);
}

int erofs_open(const char *file, const void *data, uint64_t size, struct erofs *ret)
{
	struct erofs e = {.file = file, .data = data, .size = size};
	uint64_t features;

	if (!erofs_is_there(&e, SUPER, SUPER_SIZE))
		return say_error("%s: erofs: cut short", file);
	features = erofs_get(&e, SUPER + FEATURES, 4);
	if (features & ~(uint64_t)LZ4_0PADDING)
		return say_error("%s: erofs with features (0x%" PRIx64 ") that are not known here",
			file, features);
	e.block_bits = (unsigned)erofs_get(&e, SUPER + BLOCK_BITS, 1);
	if (e.block_bits < 9 || e.block_bits > 16)
		return say_error("%s: erofs: blocks of 2^%u bytes", file, e.block_bits);
	if (erofs_get(&e, SUPER + BLOCKS, 4) << e.block_bits > size)
		return say_error("%s: erofs of %" PRIu64 " bytes, and there are %" PRIu64
				 ": cut short?",
			file, erofs_get(&e, SUPER + BLOCKS, 4) << e.block_bits, size);
	e.meta = erofs_get(&e, SUPER + META_BLOCK, 4) << e.block_bits;
	e.xattrs = erofs_get(&e, SUPER + XATTR_BLOCK, 4) << e.block_bits;
	e.is_at_end = features & LZ4_0PADDING;
	e.root = erofs_get(&e, SUPER + ROOT, 2);
	*ret = e;
	return 0;
}

/* Both kinds; offsets are the format's. */
static void read_inode(const struct erofs *e, uint64_t at, bool is_long, struct erofs_inode *f)
{
	uint64_t u = erofs_get(e, at + 16, 4);

	f->mode = (mode_t)erofs_get(e, at + 4, 2);
	f->size = erofs_get(e, at + 8, is_long ? 8 : 4);
	f->uid = (uid_t)erofs_get(e, at + 24, is_long ? 4 : 2);
	f->gid = (gid_t)erofs_get(e, at + (is_long ? 28 : 26), is_long ? 4 : 2);
	f->links = (uint32_t)erofs_get(e, at + (is_long ? 44 : 6), is_long ? 4 : 2);
	f->block = u;
	if (S_ISCHR(f->mode) || S_ISBLK(f->mode))
		f->rdev = makedev((u & 0xfff00) >> 8, (u & 0xff) | (u >> 12 & 0xfff00));
}

int erofs_inode(const struct erofs *e, uint64_t number, struct erofs_inode *ret)
{
	uint64_t at = e->meta + number * INODE_UNIT, format, n;
	bool is_long;

	if (number > e->size / INODE_UNIT || !erofs_is_there(e, at, INODE_UNIT))
		return erofs_bad(e, number, "lies beyond the end");
	format = erofs_get(e, at, 2);
	is_long = format & INODE_LONG;
	if (is_long && !erofs_is_there(e, at, 2 * INODE_UNIT))
		return erofs_bad(e, number, "lies beyond the end");
	*ret = (struct erofs_inode){.number = number, .layout = format >> 1 & 7};
	read_inode(e, at, is_long, ret);
	n = erofs_get(e, at + 2, 2);
	ret->xattr_at = at + (is_long ? 2 : 1) * INODE_UNIT;
	ret->xattr_size = n ? (uint32_t)(EROFS_XATTR_HEADER + (n - 1) * 4) : 0;
	ret->after = ret->xattr_at + ret->xattr_size;
	if (!erofs_is_there(e, ret->xattr_at, ret->xattr_size))
		return erofs_bad(e, number, "its attributes lie beyond the end");
	return 0;
}
