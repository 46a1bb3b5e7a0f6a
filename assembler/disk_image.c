/*
 * A disk: what the firmware starts, boot files per slot, two system slots, a data partition.
 *
 *   gpt, hybrid   [firmware]  boot-a  boot-b  system-a  system-b  data
 *   mbr           boot with the slots' folders a and b    system-a  system-b  data
 *
 * In front of all of them lies the record of which slot is started (lib/slot_record.h).
 * All of it is planned before a byte is written, so that what does not fit is said with its
 * numbers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/little.h"
#include "../lib/slot_record.h"
#include "boot.h"
#include "component.h"
#include "fat.h"
#include "io.h"
#include "partition.h"
#include "parts.h"
#include "pkg.h"
#include "sha256.h"
#include "slot.h"
#include "tar.h"

#define LINUX_GPT "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define DATA_GPT  "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
#define FAT_MBR   "c"
#define LINUX_MBR "83"

enum {
	MIB = 1 << 20,
	PARTS_MAX = 6,
	MBR_TABLE = 446,    /* of the first sector: 4 entries of 16 bytes */
	GPT_END = 34 * 512, /* of its first copy */
};

/* A disk on its way. */
struct disk_job {
	struct product *p;
	const struct board *board;
	struct boot_disk boot;
	struct tree *files, *installed; /* the board's; what the boot loader's installer brings */
	struct partition part[PARTS_MAX];
	struct tree *content[PARTS_MAX]; /* of a FAT; NULL: left as it is */
	size_t n;
	off_t size;
	const char *seed;
	const char *slot;                     /* the sealed system's file … */
	off_t slot_size;                      /* … and bytes, with the footer */
	struct slot_boot sum[MANIFEST_FILES]; /* of its boot files */
	size_t n_sums;
};

static void add(struct disk_job *j, const char *name, const char *type, uint64_t bytes,
	struct tree *content)
{
	j->content[j->n] = content;
	j->part[j->n++] = (struct partition){.name = name, .type = type, .size = (off_t)bytes};
}

static void add_partitions(struct disk_job *j)
{
	const struct board *b = j->board;
	const struct boot *how = b->boot.how;
	bool is_mbr = b->disk.table == DISK_MBR;
	const char *boot = is_mbr ? FAT_MBR : how->type ? how->type : DATA_GPT;
	const char *other = is_mbr ? LINUX_MBR : LINUX_GPT;

	if (is_mbr) {
		add(j, "boot", boot, b->disk.firmware.bytes + 2 * b->disk.boot.bytes,
			j->boot.firmware);
	} else {
		if (how->has_firmware)
			add(j, "firmware", DATA_GPT, b->disk.firmware.bytes, j->boot.firmware);
		add(j, "boot-a", boot, b->disk.boot.bytes, j->boot.slot[0]);
		add(j, "boot-b", boot, b->disk.boot.bytes, j->boot.slot[1]);
	}
	add(j, "system-a", other, b->disk.system.bytes, NULL);
	add(j, "system-b", other, b->disk.system.bytes, NULL);
	add(j, "data", other, b->disk.data.bytes, NULL);
}

static off_t mib(off_t bytes)
{
	return (bytes + MIB - 1) / MIB;
}

static void too_large(struct disk_job *j, const struct disk_size *s, const char *what, off_t need)
{
	if ((uint64_t)need > s->bytes)
		diag_error(j->p->ctx->diag, s->at, "%s take %jd MiB, their partition has %jd", what,
			(intmax_t)mib(need), (intmax_t)mib((off_t)s->bytes));
}

static void check_fits(struct disk_job *j)
{
	const struct board *b = j->board;
	off_t need = partition_plan(j->part, j->n);
	struct diag *d = j->p->ctx->diag;

	too_large(j, &b->disk.boot, "the boot files of a slot", fat_size(j->boot.slot[0]));
	too_large(j, &b->disk.system, "the system and its hash tree", j->slot_size);
	if (b->boot.how->has_firmware)
		too_large(j, &b->disk.firmware, "the files for the firmware",
			fat_size(j->boot.firmware));
	if ((uint64_t)need > b->disk.card.bytes)
		diag_error(d, b->disk.card.at,
			"the partitions take %jd MiB, more than a card of %jd MiB has",
			(intmax_t)mib(need), (intmax_t)mib((off_t)b->disk.card.bytes));
	if (j->p->size && j->p->size < need)
		diag_error(d, (struct mark){"--size", 0, 0},
			"the partitions of the board %s take %jd MiB, and the card has %jd",
			b->name, (intmax_t)mib(need), (intmax_t)mib(j->p->size));
	else if (j->p->size)
		j->part[j->n - 1].size += (j->p->size - need) / MIB * MIB;
	j->size = j->p->size ? j->p->size : need;
}

/* What lies at a place of its own, in front of the first partition: raw/OFFSET. */
struct raw {
	struct disk_job *job;
	const char *path;
	int fd; /* -1: only to check */
};

static int visit_raw(void *ctx, const char *path, const struct tree_inode *f)
{
	struct raw *r = ctx;
	struct disk_job *j = r->job;
	off_t first = j->board->disk.table == DISK_MBR ? 512 : GPT_END, at;
	int result;

	if (strncmp(path, "raw/", 4) != 0)
		return 0;
	at = (off_t)strtoll(path + 4, NULL, 10);
	if (r->fd < 0 && (at < first || at + f->size > SLOT_RECORD_AT))
		diag_error(j->p->ctx->diag, j->board->boot.files_at,
			"%s has %jd bytes and would not lie between the partition table's end "
			"(%jd) and the record of slots (%jd)",
			path, (intmax_t)f->size, (intmax_t)first, (intmax_t)SLOT_RECORD_AT);
	if (r->fd < 0)
		return 0;
	if (lseek(r->fd, at, SEEK_SET) < 0)
		return say_error("%s: %s", r->path, strerror(errno));
	result = io_write_inode(r->fd, j->files, f);
	return result < 0 ? say_error("%s: %s", r->path, strerror(-result)) : 0;
}

/*
 * Firmware that knows no GPT finds the first partition in the MBR; the entry behind it covers what
 * is before, which is what tells a GPT to those who know (gdisk calls it a hybrid MBR).
 */
static int write_hybrid(const struct disk_job *j, int fd)
{
	const uint32_t start = (uint32_t)(j->part[0].start / 512);
	const uint32_t size = (uint32_t)(j->part[0].size / 512);
	uint8_t table[32] = {
		0x80, 0xff, 0xff, 0xff, 0x0c, 0xff, 0xff, 0xff, [16 + 4] = 0xee, [16 + 8] = 1};

	put32(table + 8, start);
	put32(table + 12, size);
	put32(table + 16 + 12, start - 1);
	memset(table + 17, 0xff, 3);
	memset(table + 21, 0xff, 3);
	return pwrite(fd, table, sizeof(table), MBR_TABLE) == (ssize_t)sizeof(table) ? 0 : -EIO;
}

static int write_fat(struct disk_job *j, const char *path, size_t i)
{
	const bool is_slot = j->content[i] == j->boot.slot[0] || j->content[i] == j->boot.slot[1];
	const struct fat f = {
		.arena = j->p->arena,
		.date = j->p->date,
		.id = partition_id(j->seed, j->part[i].name),
		.label = "NANNY",
		.begin = is_slot ? j->board->boot.how->install : NULL,
		.ctx = j->p,
	};

	return j->content[i] ? fat_write(&f, j->content[i], path, j->part[i].start, j->part[i].size)
			     : 0;
}

static int write_slot(struct disk_job *j, int fd, const char *name)
{
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(j->part[i].name, name) == 0)
			return slot_place(
				j->slot, fd, (uint64_t)j->part[i].start, (uint64_t)j->part[i].size);
	return say_error("there is no partition %s", name);
}

static int write_slots(struct disk_job *j, const char *path, int fd)
{
	const struct slot_record record = slot_record_new(j->p->both_slots);
	uint8_t copies[SLOT_RECORD_COPIES][SLOT_RECORD];

	for (size_t i = 0; i < SLOT_RECORD_COPIES; i++)
		slot_record_write(&record, copies[i]);
	if (pwrite(fd, copies, sizeof(copies), SLOT_RECORD_AT) != (ssize_t)sizeof(copies))
		return say_error("%s: %s", path, strerror(errno));
	if (write_slot(j, fd, "system-a") < 0)
		return -1;
	return j->p->both_slots ? write_slot(j, fd, "system-b") : 0;
}

static int write_disk(struct disk_job *j, const char *path, int fd)
{
	const enum disk_table table = j->board->disk.table;
	const struct boot *how = j->board->boot.how;
	struct raw raw = {j, path, fd};
	int r = ftruncate(fd, j->size) < 0 ? -errno : 0;

	for (size_t i = 0; r == 0 && i < j->n; i++)
		if (write_fat(j, path, i) < 0)
			return -1;
	if (r == 0 && partition_write(j->p->arena, j->p->date, path,
			      table == DISK_MBR ? PARTITION_MBR : PARTITION_GPT, j->seed, j->part,
			      j->n) < 0)
		return -1;
	if (r == 0 && table == DISK_HYBRID)
		r = write_hybrid(j, fd);
	if (r < 0)
		return say_error("%s: %s", path, strerror(-r));
	if (j->slot && write_slots(j, path, fd) < 0)
		return -1;
	if (tree_walk(j->files, visit_raw, &raw) < 0)
		return -1;
	return how->finish ? how->finish(j->p, path, fd) : 0;
}

/* Part of the board's files, by the folder they are in. */
struct pick {
	const char *prefix;
	struct tree *to;
};

static int visit_pick(void *ctx, const char *path, const struct tree_inode *f)
{
	const struct pick *k = ctx;
	size_t n = strlen(k->prefix);

	return strncmp(path, k->prefix, n) == 0 ? tree_put(k->to, path + n, f) : 0;
}

/* Who builds an image with it passes it on, and has to know. */
static void say_not_free(const struct disk_job *j, const struct component *c)
{
	for (size_t i = 0; i < c->n_packages; i++) {
		const struct lock_entry *e =
			lock_find(j->p->ctx->lock, c->packages[i].name, j->board->arch);

		if (e && strncmp(e->path, "pool/non-free", 13) == 0)
			say_progress("in the image: firmware of %s %s, which is not free software; "
				     "its licence lies beside it (LICENCE)",
				e->name, e->version);
	}
}

static int load_files(struct disk_job *j)
{
	struct image_ctx *ctx = j->p->ctx;
	const struct board *b = j->board;
	const struct component *c;

	if (!b->boot.files) {
		j->files = tree_new();
		return 0;
	}
	c = component_load(j->p->arena, ctx->diag,
		arena_printf(j->p->arena, "%s/boards/%s", ctx->root, b->boot.files));
	j->files = c ? pkg_tree(ctx, c) : NULL;
	if (j->files)
		say_not_free(j, c);
	return j->files ? 0 : -1;
}

/* An MBR has no names for its partitions: they go by the disk's number and their own. */
static void name_partitions(struct disk_job *j)
{
	static const char *const labels[] = {"system-a", "system-b", "data"};
	const char *name[3];
	bool is_mbr = j->board->disk.table == DISK_MBR;

	for (unsigned i = 0; i < 3; i++)
		name[i] = is_mbr ? arena_printf(j->p->arena, "PARTUUID=%08" PRIx32 "-%02u",
					   partition_id(j->seed, "disk"), i + 2)
				 : arena_printf(j->p->arena, "PARTLABEL=%s", labels[i]);
	j->boot.system[0] = name[0];
	j->boot.system[1] = name[1];
	j->boot.data = name[2];
}

static int put_slots_in_folders(struct disk_job *j)
{
	int r = tree_graft(j->boot.firmware, "a", j->boot.slot[0]);

	return r < 0 || !j->p->both_slots ? r : tree_graft(j->boot.firmware, "b", j->boot.slot[1]);
}

static int fill(struct disk_job *j)
{
	const struct pick picks[] = {{"firmware/", j->boot.firmware}, {"slot/", j->boot.slot[0]}};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < 2; i++)
		r = tree_walk(j->files, visit_pick, (void *)&picks[i]);
	if (r < 0)
		return say_error("boards/%s: %s", j->board->boot.files, strerror(-r));
	j->boot.files = j->files;
	if (j->board->boot.how->fill(&j->boot) < 0)
		return -1;
	if (j->p->both_slots)
		r = tree_graft(j->boot.slot[1], "", j->boot.slot[0]);
	if (r >= 0 && j->board->disk.table == DISK_MBR)
		r = put_slots_in_folders(j);
	return r < 0 ? say_error("the boot files of the slots: %s", strerror(-r)) : 0;
}

/* For the slot's manifest: whoever changes one of its boot files changes what was signed. */
static int visit_sum(void *ctx, const char *path, const struct tree_inode *f)
{
	struct disk_job *j = ctx;
	struct slot_boot *b = &j->sum[j->n_sums];

	if (!S_ISREG(f->mode))
		return 0;
	if (j->n_sums == MANIFEST_FILES)
		return say_error("a slot has at most %d boot files, and %s is one more",
			MANIFEST_FILES, path);
	j->n_sums++;
	b->name = arena_strdup(j->p->arena, path);
	memcpy(b->sha256, f->sha256, sizeof(b->sha256));
	return 0;
}

/* After the boot files, which its manifest names. */
static int make_slot(struct disk_job *j)
{
	struct product *p = j->p;
	struct stat st;

	if (boot_installed(p, j->board->boot.how, j->board->disk.boot.bytes, j->installed) < 0 ||
		tree_walk(j->installed, visit_sum, j) < 0 ||
		tree_walk(j->boot.slot[0], visit_sum, j) < 0)
		return -1;
	p->boot = j->sum;
	p->n_boot = j->n_sums;
	j->slot = product_part(p, part_slot);
	if (!j->slot)
		return -1;
	if (stat(j->slot, &st) < 0)
		return say_error("%s: %s", j->slot, strerror(errno));
	j->slot_size = st.st_size;
	return 0;
}

/* No two images share the names of their partitions; the same image has the same ones. */
static const char *make_seed(const struct product *p)
{
	uint8_t sum[32];
	char hex[65];

	tree_digest(p->layout->merged, sum);
	sha256_hex(sum, hex);
	return arena_printf(p->arena, "%s %s", p->ctx->board->name, hex);
}

static int make(struct disk_job *j, const char *path, int fd)
{
	struct raw check = {j, path, -1};
	int errors = diag_count(j->p->ctx->diag);

	if (j->board->disk.is_sealed)
		name_partitions(j);
	if (load_files(j) < 0 || fill(j) < 0 || (j->board->disk.is_sealed && make_slot(j) < 0))
		return -1;
	add_partitions(j);
	check_fits(j);
	(void)tree_walk(j->files, visit_raw, &check);
	if (diag_count(j->p->ctx->diag) > errors)
		return -1;
	return write_disk(j, path, fd);
}

/* The job with trees that work() fills. */
static int with_trees(struct disk_job *j, const char *path, int fd,
	int (*work)(struct disk_job *j, const char *path, int fd))
{
	int r;

	j->boot = (struct boot_disk){
		.p = j->p, .firmware = tree_new(), .slot = {tree_new(), tree_new()}};
	j->installed = tree_new();
	r = work(j, path, fd);
	tree_free(j->boot.firmware);
	tree_free(j->boot.slot[0]);
	tree_free(j->boot.slot[1]);
	tree_free(j->installed);
	if (j->files)
		tree_free(j->files);
	return r;
}

int part_disk(struct product *p, const char *path, int fd)
{
	struct disk_job j = {.p = p, .board = p->ctx->board, .seed = make_seed(p)};

	return with_trees(&j, path, fd, make);
}

static int make_tar(struct disk_job *j, const char *path, int fd)
{
	(void)path;
	if (load_files(j) < 0 || fill(j) < 0)
		return -1;
	return tar_write(j->boot.firmware, fd);
}

/* The board's boot files for a card of one partition, whatever its own disk has. */
int part_rpi3(struct product *p, const char *path, int fd)
{
	const struct board *before = p->ctx->board;
	struct board plain = *before;
	struct disk_job j = {.p = p, .board = &plain, .seed = ""};
	int r;

	plain.disk.table = DISK_MBR;
	p->ctx->board = &plain;
	r = with_trees(&j, path, fd, make_tar);
	p->ctx->board = before;
	return r;
}
