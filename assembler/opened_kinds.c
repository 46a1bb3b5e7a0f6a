/* What a piece of an image is, by its bytes; archives. */
#include "opened_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "layer.h"
#include "newc.h"

uint64_t piece_little(const struct piece *p, uint64_t at, size_t bytes)
{
	uint64_t v = 0;

	if (at > p->size || bytes > p->size - at)
		return 0;
	while (bytes--)
		v = v << 8 | p->data[at + bytes];
	return v;
}

uint64_t piece_big(const struct piece *p, uint64_t at, size_t bytes)
{
	uint64_t v = 0;

	if (at > p->size || bytes > p->size - at)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | p->data[at + i];
	return v;
}

bool piece_has(const struct piece *p, uint64_t at, const char *magic)
{
	size_t n = strlen(magic);

	return at <= p->size && n <= p->size - at && memcmp(p->data + at, magic, n) == 0;
}

const char *piece_path(struct arena *a, int fd)
{
	return arena_printf(a, "/proc/%d/fd/%d", (int)getpid(), fd);
}

/* ------------------------------------------------------------------ archives */

enum {
	TAR_MAGIC = 257,
	ISO_BLOCK = 2048,
	ISO_MAGIC = 16 * ISO_BLOCK + 1,   /* of the first volume descriptor */
	ISO_BLOCKS = 16 * ISO_BLOCK + 80, /* how many there are */
};

static bool tar_is(const struct piece *p)
{
	return piece_has(p, TAR_MAGIC, "ustar");
}

/* Boot files alone: tar-kernel-initrd, rpi3. */
static bool is_boot_only(const struct tree *t)
{
	return tree_get(t, "initrd.img") || tree_get(t, "a/initrd.img");
}

/* What a boot loader reads has no owner and no mode, whatever holds it. */
static int put_one(void *ctx, const char *path, const struct tree_inode *f)
{
	struct tree_inode plain = *f;

	plain.mode = S_ISDIR(f->mode) ? S_IFDIR | 0755 : (f->mode & S_IFMT) | 0644;
	plain.uid = 0;
	plain.gid = 0;
	plain.n_xattr = 0;
	return tree_put(ctx, path, &plain);
}

static int put_boot(struct reading *r, const struct piece *p, const struct tree *t)
{
	int e = tree_walk(t, put_one, r->boot);

	return e < 0 ? say_error("%s: %s", p->name, strerror(-e)) : 0;
}

/* The system as it is: t takes the place of the root that was to come. */
static void put_root(struct reading *r, struct tree *t)
{
	tree_free(r->o->root);
	r->o->root = t;
	r->has_root = true;
}

static int tar_read(struct reading *r, const struct piece *p)
{
	struct tree *t = tree_new();
	int e = layer_unpack(t, p->name, p->fd);

	if (e == 0 && !is_boot_only(t)) {
		put_root(r, t);
		return 0;
	}
	if (e == 0)
		e = put_boot(r, p, t);
	tree_free(t);
	return e;
}

static bool initrd_is(const struct piece *p)
{
	return newc_is(p->data, p->size);
}

static int initrd_read(struct reading *r, const struct piece *p)
{
	r->has_root = true;
	return newc_read(p->name, p->data, p->size, r->o->root);
}

static bool iso_is(const struct piece *p)
{
	return piece_has(p, ISO_MAGIC, "CD001");
}

/* Its files, and those in a partition behind them, where an EFI looks. */
static int iso_read(struct reading *r, const struct piece *p)
{
	uint64_t end = piece_little(p, ISO_BLOCKS, 4) * ISO_BLOCK;
	struct tree *t;
	int e;

	if (end > p->size)
		return say_error("%s: an ISO of %" PRIu64 " bytes, and there are %" PRIu64
				 ": cut short?",
			p->name, end, p->size);
	t = tree_new();
	e = layer_unpack(t, p->name, p->fd);
	if (e == 0)
		e = put_boot(r, p, t);
	tree_free(t);
	return e < 0 ? e : iso_disk_read(r, p, end);
}

/* ------------------------------------------------------------------ the table */

/* The first that says yes is it: a disk may begin as a boot sector does, and an ISO as a disk. */
static const struct {
	const char *is;
	bool (*test)(const struct piece *p);
	piece_reader *read;
	bool is_inside; /* may be part of a disk, too */
} kinds[] = {
	{"a tar", tar_is, tar_read, false},
	{"an ISO", iso_is, iso_read, false},
	{"squashfs", squashfs_is, squashfs_read, true},
	{"erofs", erofs_is, erofs_read, true},
	{"qcow2", qcow2_is, qcow2_read, false},
	{"vmdk", vmdk_is, vmdk_read, false},
	{"dynamic vhd", dynamic_vhd_is, dynamic_vhd_read, false},
	{"vhd", fixed_vhd_is, fixed_vhd_read, false},
	{"an EFI program", uki_is, uki_read, false},
	{"FAT", fat_is, fat_read, true},
	{"a disk", disk_is, disk_read, false},
	{"an initrd", initrd_is, initrd_read, false},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t find(const struct piece *p, bool is_inside)
{
	size_t i = 0;

	while (i < N_KINDS && ((is_inside && !kinds[i].is_inside) || !kinds[i].test(p)))
		i++;
	return i;
}

const char *piece_is(const struct piece *p)
{
	size_t i = find(p, true);

	return i < N_KINDS ? kinds[i].is : NULL;
}

int piece_read(struct reading *r, const struct piece *p)
{
	size_t i = find(p, r->is_inside);

	if (i == N_KINDS)
		return r->is_inside ? 0
				    : say_error("%s: no image: neither an initrd nor a tar, "
						"squashfs, erofs, FAT, ISO, disk or EFI program",
					      p->name);
	if (!r->is_inside)
		r->o->is = r->o->is ? arena_printf(r->o->arena, "%s in %s", kinds[i].is, r->o->is)
				    : kinds[i].is;
	return kinds[i].read(r, p);
}

int piece_read_fd(struct reading *r, const char *name, int fd)
{
	struct piece p = {.name = name, .fd = fd};
	struct stat st;
	void *map;
	int e;

	if (fstat(fd, &st) < 0)
		return say_error("%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return say_error("%s: no file", name);
	p.size = (uint64_t)st.st_size;
	if (p.size == 0)
		return piece_read(r, &p);
	map = mmap(NULL, p.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return say_error("%s: %s", name, strerror(errno));
	p.data = map;
	e = piece_read(r, &p);
	(void)munmap(map, p.size);
	return e;
}
