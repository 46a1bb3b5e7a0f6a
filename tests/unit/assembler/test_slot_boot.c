#include "slotted.h"

#include <sys/mman.h>

#include "../../../assembler/fat.h"
#include "../../../assembler/io.h"
#include "../../../assembler/partition.h"
#include "../../../assembler/slot_boot.h"
#include "../../../lib/slot_record.h"

enum {
	MIB = 1 << 20,
	BLOCK = 4096,
	BITS = 250, /* turned in each kind of place */
};

/* ------------------------------------------------------------------ the comparison */

static struct tree *tree_of(const char *const files[][2])
{
	struct tree *t = tree_new();

	for (; (*files)[0]; files++)
		assert_true(
			tree_put_file(t, (*files)[0], 0644, (*files)[1], strlen((*files)[1])) >= 0);
	return t;
}

static int name_it(void *ctx, const char *path, const struct tree_inode *f)
{
	struct manifest *m = ctx;
	struct manifest_file *to = &m->file[m->n_files];

	if (!S_ISREG(f->mode))
		return 0;
	(void)snprintf(to->name, sizeof(to->name), "%s", path);
	memcpy(to->sha256, f->sha256, sizeof(to->sha256));
	m->n_files++;
	return 0;
}

static const char *differs(struct desk *t, const char *const signed_as[][2], const char *folder,
	const char *const are[][2])
{
	struct tree *want = tree_of(signed_as), *is = tree_of(are);
	struct manifest m = {0};
	const char *text;

	(void)tree_walk(want, name_it, &m);
	text = slot_boot_differs(t->a, is, folder, &m);
	tree_free(want);
	tree_free(is);
	return text ? text : "";
}

static void what_is_other_than_signed_is_told(void **state)
{
	struct desk *t = *state;
	static const char *const files[][2] = {{"dtb/x.dtb", "tree"}, {"kernel", "k"}, {NULL}};
	static const char *const other[][2] = {{"dtb/x.dtb", "Tree"}, {"kernel", "k"}, {NULL}};
	static const char *const less[][2] = {{"dtb/x.dtb", "tree"}, {NULL}};
	static const char *const more[][2] = {
		{"KERNEL", "k"}, {"dtb/x.dtb", "tree"}, {"ke\033l", ""}, {"kernel", "k"}, {NULL}};
	static const char *const in_a[][2] = {{"a/dtb/x.dtb", "tree"}, {"a/kernel", "k"},
		{"b/kernel", "other"}, {"boot", ""}, {NULL}};
	static const char *const none[][2] = {{NULL}};

	assert_string_equal(differs(t, files, "", files), "");
	assert_string_equal(
		differs(t, files, "", other), "the boot file dtb/x.dtb is not what was signed");
	assert_string_equal(differs(t, files, "", less), "the boot file kernel is missing");
	/* Case counts: it is another file than the one that was signed. */
	assert_string_equal(differs(t, files, "", more),
		"the boot file KERNEL is not in the manifest; "
		"the boot file ke?l is not in the manifest");
	assert_string_equal(differs(t, files, "a/", in_a), "");
	assert_string_equal(differs(t, files, "b/", in_a),
		"the boot file dtb/x.dtb is missing; the boot file kernel is not what was signed");
	assert_string_equal(differs(t, none, "", none), "");
}

static void not_all_of_many_are_told(void **state)
{
	struct desk *t = *state;
	static const char *const none[][2] = {{NULL}};
	static const char *const many[][2] = {{"1", ""}, {"2", ""}, {"3", ""}, {"4", ""}, {"5", ""},
		{"6", ""}, {"7", ""}, {"8", ""}, {"9", ""}, {"A", ""}, {NULL}};
	const char *said = differs(t, none, "", many);

	assert_non_null(strstr(said, "the boot file 8 is not in the manifest; and more"));
	assert_null(strstr(said, "boot file 9"));
}

/* ------------------------------------------------------------------ a small disk */

/* Its files' bytes, which nothing else on the disk is like. */
static const struct {
	const char *name;
	size_t size;
} boot_files[] = {
	{"dtb/vendor/x.dtb", 5000}, {"initrd.img", 30000}, {"kernel", 50000}, {"slot.env", 20}};

#define N_FILES (sizeof(boot_files) / sizeof(boot_files[0]))

static uint8_t bytes_of[N_FILES][50000];

static struct tree *make_boot(void)
{
	struct tree *boot = tree_new();
	uint32_t x = 7;

	for (size_t i = 0; i < N_FILES; i++) {
		for (size_t k = 0; k < boot_files[i].size; k++)
			bytes_of[i][k] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
		assert_true(tree_put_file(boot, boot_files[i].name, 0644, bytes_of[i],
				    boot_files[i].size) >= 0);
	}
	return boot;
}

struct made {
	struct desk *desk;
	const char *path, *pub;
	uint8_t *map; /* shared with the file */
	size_t size;
	struct partition part[5];
	size_t n, boot, system; /* of slot a: indices into part */
	bool has_b;
};

static int sum_it(void *ctx, const char *path, const struct tree_inode *f)
{
	struct slot_request *q = ctx;
	struct slot_boot *to = (struct slot_boot *)&q->boot[q->n_boot];

	if (!S_ISREG(f->mode))
		return 0;
	to->name = strdup(path);
	memcpy(to->sha256, f->sha256, sizeof(to->sha256));
	q->n_boot++;
	return 0;
}

static void sign_with_boot(struct desk *t, const struct tree *boot)
{
	static struct slot_boot sums[MANIFEST_FILES];
	struct slot_request q = request(make_key(t, "k"));
	const char *said;

	q.boot = sums;
	q.n_boot = 0;
	(void)tree_walk(boot, sum_it, &q);
	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache"), 1), 0);
	say_quiet();
	if (write_slot(t, "slot", &q, &said) < 0)
		fail_msg("%s", said);
	for (size_t i = 0; i < q.n_boot; i++)
		free((char *)sums[i].name);
}

static void write_record(const struct made *d, bool has_b)
{
	const struct slot_record r = slot_record_new(has_b);

	for (size_t i = 0; i < SLOT_RECORD_COPIES; i++)
		slot_record_write(&r, d->map + SLOT_RECORD_AT + i * SLOT_RECORD);
}

static void write_fat(const struct made *d, const struct tree *files, size_t i)
{
	const struct fat f = {.arena = d->desk->a, .label = "NANNY"};

	assert_int_equal(fat_write(&f, files, d->path, d->part[i].start, d->part[i].size), 0);
}

/* On an MBR the boot files are in folders, beside what is not a slot's. */
static struct tree *in_folders(const struct tree *boot)
{
	struct tree *both = tree_new();

	assert_true(tree_graft(both, "a", boot) >= 0);
	assert_true(tree_graft(both, "b", boot) >= 0);
	assert_true(tree_put_file(both, "boot.scr", 0644, "script", 6) >= 0);
	return both;
}

static void fill(struct made *d, bool is_mbr)
{
	struct tree *boot = make_boot(), *both = in_folders(boot);

	sign_with_boot(d->desk, boot);
	for (size_t i = 0; i < d->system; i++)
		write_fat(d, is_mbr ? both : boot, i);
	for (size_t i = 0; i < 1u + d->has_b; i++) {
		const struct partition *p = &d->part[d->system + i];
		int fd = open(d->path, O_WRONLY | O_CLOEXEC);

		assert_int_equal(slot_place(desk_path(d->desk, "slot"), fd, (uint64_t)p->start,
					 (uint64_t)p->size),
			0);
		(void)close(fd);
	}
	tree_free(boot);
	tree_free(both);
}

static struct made make_disk(struct desk *t, enum partition_table kind, bool has_b)
{
	const bool is_mbr = kind == PARTITION_MBR;
	static const char *const names[] = {"boot-a", "boot-b", "system-a", "system-b", "data"};
	struct made d = {.desk = t, .path = desk_file(t, "disk", ""), .n = is_mbr ? 4 : 5};
	int fd;

	d.system = is_mbr ? 1 : 2;
	d.has_b = has_b;
	for (size_t i = 0; i < d.n; i++)
		d.part[i] = (struct partition){
			.type = is_mbr ? "83" : "L", .name = is_mbr ? NULL : names[i], .size = MIB};
	d.size = (size_t)partition_plan(d.part, d.n);
	fd = open(d.path, O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)d.size), 0);
	assert_int_equal(partition_write(t->a, 0, d.path, kind, "test", d.part, d.n), 0);
	d.map = mmap(NULL, d.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(d.map != MAP_FAILED);
	(void)close(fd);
	write_record(&d, has_b);
	fill(&d, is_mbr);
	d.pub = desk_path(t, "k.pub");
	return d;
}

static const char *refused(const struct made *d, const char *option)
{
	const char *said;
	int r = verify(d->desk, (const char *[]){"--key", d->pub, d->path, option, NULL}, &said);

	assert_true(r == EXIT_GOOD || r == EXIT_FAILED);
	return r == EXIT_GOOD ? NULL : said;
}

static void assert_refused(const struct made *d, const char *why)
{
	const char *said = refused(d, NULL);

	assert_non_null(said);
	if (!strstr(said, why))
		fail_msg("%s, not: %s", said, why);
}

static uint8_t *find(const struct made *d, const uint8_t *bytes, size_t n)
{
	const struct partition *p = &d->part[d->boot];
	uint8_t *at = memmem(d->map + p->start, (size_t)p->size, bytes, n);

	assert_non_null(at);
	return at;
}

static size_t each_block(const struct made *d)
{
	size_t blocks = 0;
	uint32_t x = 5;

	for (size_t i = 0; i < N_FILES; i++)
		for (size_t k = 0; k < boot_files[i].size; k += BLOCK) {
			size_t left = boot_files[i].size - k, n = left < BLOCK ? left : BLOCK;
			uint8_t *at = find(d, bytes_of[i] + k, n);

			x = x * 1103515245 + 12345;
			at += (x >> 16) % n;
			*at ^= (uint8_t)(1 << (x >> 8 & 7));
			assert_refused(
				d, arena_printf(d->desk->a, "boot file %s is not what was signed",
					   boot_files[i].name));
			*at ^= (uint8_t)(1 << (x >> 8 & 7));
			blocks++;
		}
	assert_null(refused(d, NULL));
	return blocks;
}

/* Every block of every boot file, one bit in each. */
static void every_block_of_a_boot_file_counts(void **state)
{
	static const enum partition_table kinds[] = {PARTITION_GPT, PARTITION_MBR};

	for (size_t i = 0; i < 2; i++) {
		struct made d = make_disk(*state, kinds[i], false);

		assert_null(refused(&d, NULL));
		print_message("%s: %zu blocks of %zu boot files\n", i ? "MBR" : "GPT",
			each_block(&d), N_FILES);
		(void)munmap(d.map, d.size);
		assert_int_equal(unlink(desk_path(*state, "k.key")), 0);
		assert_int_equal(unlink(desk_path(*state, "k.pub")), 0);
	}
}

struct stretch {
	const char *what;
	uint8_t *at;
	size_t size;
};

static void turn_bits(const struct made *d, const struct stretch *s)
{
	static uint32_t x = 4711;

	for (int i = 0; i < BITS; i++) {
		size_t bit;

		x = x * 1103515245 + 12345;
		bit = (x >> 8) % (s->size * 8);
		s->at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!refused(d, NULL))
			fail_msg("%s: bit %zu", s->what, bit);
		s->at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	print_message("%d bits of %s, %zu bytes\n", BITS, s->what, s->size);
}

/* Nobody signs the comment that a signature begins with. */
static void a_thousand_turned_bits_are_refused(void **state)
{
	struct made d = make_disk(*state, PARTITION_GPT, false);
	const struct partition *p = &d.part[d.system];
	uint8_t *footer = d.map + p->start + p->size - SLOT_FOOTER;
	char *signature = (char *)footer + SLOT_MANIFEST_MAX;
	char *line = strchr(signature, '\n') + 1;
	struct manifest m;
	char why[256];
	struct stretch s[] = {
		{"the manifest", footer, strlen((char *)footer)},
		{"its signature", (uint8_t *)line, strlen(line)},
		{"the verity tree", NULL, 0},
		{"a boot file", NULL, 0},
	};

	assert_int_equal(manifest_parse((char *)footer, s[0].size, &m, why, sizeof(why)), 0);
	s[2].at = d.map + p->start + m.size;
	s[2].size = m.tree_size;
	s[3].at = find(&d, bytes_of[2], boot_files[2].size);
	s[3].size = boot_files[2].size;
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++)
		turn_bits(&d, &s[i]);
	assert_null(refused(&d, NULL));
	(void)munmap(d.map, d.size);
}

static void mtools(const struct made *d, size_t part, const char *program, const char *const more[])
{
	const char *argv[8] = {program, "-i",
		arena_printf(d->desk->a, "%s@@%jd", d->path, (intmax_t)d->part[part].start)};

	assert_int_equal(setenv("MTOOLS_SKIP_CHECK", "1", 1), 0);
	for (size_t i = 0; i < 4 && more[i]; i++)
		argv[3 + i] = more[i];
	assert_int_equal(world_run(argv), 0);
}

static void a_file_more_or_less_is_refused(void **state)
{
	struct made d = make_disk(*state, PARTITION_GPT, true);
	const char *file = desk_file(*state, "more", "more");

	mtools(&d, 1, "mcopy", (const char *[]){file, "::/extra.txt", NULL});
	assert_refused(&d,
		"partition 4 system-b: refused: the boot file extra.txt is not in the manifest");
	mtools(&d, 1, "mdel", (const char *[]){"::/extra.txt", NULL});
	mtools(&d, 1, "mdel", (const char *[]){"::/slot.env", NULL});
	assert_refused(&d, "partition 4 system-b: refused: the boot file slot.env is missing");
	assert_null(refused(&d, "--no-boot-files"));
	(void)munmap(d.map, d.size);
}

static void boot_files_that_are_not_found_are_refused(void **state)
{
	struct made d = make_disk(*state, PARTITION_MBR, true);
	uint8_t *record = d.map + SLOT_RECORD_AT, *fat = d.map + d.part[0].start;

	/* Without a record it is not known which partition is which. */
	memset(record, 0, SLOT_RECORD_COPIES * SLOT_RECORD);
	assert_refused(&d, "refused: the disk has no partition with its boot files");
	assert_null(refused(&d, "--no-boot-files"));
	write_record(&d, true);
	memset(fat, 0, 4 * MIB / 1024);
	assert_refused(&d, "no FAT file system");
	(void)munmap(d.map, d.size);
}

static void a_damaged_table_is_told(void **state)
{
	struct made d = make_disk(*state, PARTITION_GPT, false);

	d.map[2 * 512 + 56] ^= 1; /* a letter of the first entry's name */
	assert_refused(&d, "disk: refused: its partition table contradicts itself");
	(void)munmap(d.map, d.size);
}

/* One slot that is good must not hide that the other one is not there any more. */
static void a_slot_that_should_be_there_is_missed(void **state)
{
	struct made d = make_disk(*state, PARTITION_GPT, true);
	const struct partition *p = &d.part[d.system];
	uint8_t *footer = d.map + p->start + p->size - SLOT_FOOTER;

	footer[0] ^= 1;
	assert_refused(&d, "partition 3 system-a: refused: bad signature");
	memset(footer, 0, SLOT_FOOTER);
	assert_refused(&d, "partition 3 system-a: refused: there is no manifest");
	/* And is not missed when nothing says that it ever was. */
	memset(d.map + SLOT_RECORD_AT, 0, SLOT_RECORD_COPIES * SLOT_RECORD);
	assert_null(refused(&d, NULL));
	(void)munmap(d.map, d.size);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(what_is_other_than_signed_is_told),
		IN_A_FOLDER(not_all_of_many_are_told),
		IN_A_FOLDER(every_block_of_a_boot_file_counts),
		IN_A_FOLDER(a_thousand_turned_bits_are_refused),
		IN_A_FOLDER(a_file_more_or_less_is_refused),
		IN_A_FOLDER(boot_files_that_are_not_found_are_refused),
		IN_A_FOLDER(a_damaged_table_is_told),
		IN_A_FOLDER(a_slot_that_should_be_there_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
