#include "slotted.h"

#include <sys/mman.h>

static void a_slot_that_was_made_is_good(void **state)
{
	struct desk *t = *state;
	const char *slot = make_slot(t, "slot", make_key(t, "k")), *said;
	const char *pub = desk_path(t, "k.pub");

	assert_int_equal(verify(t,
				 (const char *[]){"--key", pub, "--board", "testboard",
					 "--security-version", "3", slot, NULL},
				 &said),
		EXIT_GOOD);
	assert_int_equal(
		verify(t, (const char *[]){"--key", pub, "--board", "rpi3", slot, NULL}, &said),
		EXIT_FAILED);
	assert_non_null(strstr(said, "refused: wrong board: it is for testboard, this is rpi3"));
	assert_int_equal(
		verify(t, (const char *[]){"--key", pub, "--security-version", "4", slot, NULL},
			&said),
		EXIT_FAILED);
	assert_non_null(strstr(said, "older security version"));
	assert_int_equal(verify(t, (const char *[]){slot, NULL}, &said), EXIT_BAD_INPUT);
	(void)make_key(t, "other");
	assert_int_equal(
		verify(t, (const char *[]){"--key", desk_path(t, "other.pub"), slot, NULL}, &said),
		EXIT_FAILED);
	assert_non_null(strstr(said, "refused: wrong key"));
}

/* A disk with one partition, which is the slot. */
static const char *make_disk(struct desk *t, const char *slot)
{
	struct stat st;
	uint8_t *disk;
	FILE *f = fopen(slot, "re");
	size_t at = 1 << 20;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	disk = arena_alloc(t->a, at + (size_t)st.st_size);
	memset(disk, 0, at);
	assert_int_equal(fread(disk + at, 1, (size_t)st.st_size, f), st.st_size);
	(void)fclose(f);
	disk[446 + 4] = 0x83;
	for (int i = 0; i < 4; i++) {
		disk[446 + 8 + i] = (uint8_t)(at / 512 >> 8 * i);
		disk[446 + 12 + i] = (uint8_t)((size_t)st.st_size / 512 >> 8 * i);
	}
	disk[510] = 0x55;
	disk[511] = 0xaa;
	return desk_file_n(t, "disk", (const char *)disk, at + (size_t)st.st_size);
}

static void slots_on_a_disk_are_signed_anew(void **state)
{
	struct desk *t = *state;
	const char *disk = make_disk(t, make_slot(t, "slot", make_key(t, "k"))), *said;
	struct world w = {.desk = t, .env = {.arena = t->a}};

	(void)make_key(t, "other");
	assert_int_equal(world_verb(&w, verb_sign,
				 (char *[]){(char *)"sign", (char *)"--key",
					 (char *)desk_path(t, "other.key"), (char *)disk, NULL},
				 &said),
		EXIT_GOOD);
	assert_int_equal(verify(t,
				 (const char *[]){"--key", desk_path(t, "other.pub"),
					 "--no-boot-files", disk, NULL},
				 &said),
		EXIT_GOOD);
	assert_int_equal(
		verify(t, (const char *[]){"--key", desk_path(t, "k.pub"), disk, NULL}, &said),
		EXIT_FAILED);
	assert_non_null(strstr(said, "refused: wrong key"));
	assert_int_equal(access(desk_path(t, "disk.minisig"), F_OK), -1);
}

static void the_same_root_is_the_same_slot(void **state)
{
	struct desk *t = *state;
	const struct key *k = make_key(t, "k");
	const char *one = digest_of(t, make_slot(t, "one", k));

	/* Not from the cache. */
	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache2"), 1), 0);
	assert_string_equal(digest_of(t, make_slot(t, "two", k)), one);
}

static struct slot_view map(const char *path, struct key *k, struct footer_expect *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	struct slot_view v;

	assert_int_equal(fstat(fd, &st), 0);
	v = (struct slot_view){
		mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0),
		(uint64_t)st.st_size};
	(void)close(fd);
	*e = (struct footer_expect){.key = k->pub, .board = "testboard", .security = 3};
	return v;
}

/* Each block of a real slot, footer included, has one bit turned. */
static void every_block_of_it_counts(void **state)
{
	struct desk *t = *state;
	struct key *k = make_key(t, "k");
	struct footer_expect e;
	struct slot_view v = map(make_slot(t, "slot", k), k, &e);
	uint8_t *data = (uint8_t *)v.data;
	struct manifest m;
	char why[256];
	uint32_t x = 99;

	assert_int_equal(slot_check(&v, &e, &m, why, sizeof(why)), 0);
	for (uint64_t b = 0; b < v.size / 4096; b++) {
		size_t at = b * 4096 + ((x = x * 1103515245 + 12345) >> 16) % 64;

		data[at] ^= 1 << (x >> 8 & 7);
		/* The comment that nobody trusts is the one place that may be anything. */
		if (slot_check(&v, &e, &m, why, sizeof(why)) == 0)
			assert_memory_equal(data + b * 4096, "untrusted comment: ", 19);
		data[at] ^= 1 << (x >> 8 & 7);
	}
	print_message("%ju blocks\n", (uintmax_t)v.size / 4096);
	(void)munmap(data, v.size);
}

static void one_that_does_not_fit_is_told_with_the_numbers(void **state)
{
	struct desk *t = *state;
	const struct key *k = make_key(t, "k");
	struct slot_request q = request(k);
	const char *said;

	(void)make_slot(t, "slot", k);
	q.partition = 614400;
	assert_int_equal(write_slot(t, "slot", &q, &said), -1);
	assert_non_null(strstr(said, "its partition has 614400"));
	assert_non_null(strstr(said, " too many"));
}

static void a_key_is_never_overwritten(void **state)
{
	struct desk *t = *state;
	struct caught c;
	struct stat st;

	(void)make_key(t, "k");
	assert_int_equal(stat(desk_path(t, "k.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	c = caught_begin();
	assert_int_equal(key_make(t->a, desk_path(t, "k"), false), -EEXIST);
	assert_int_equal(unlink(desk_path(t, "k.key")), 0);
	/* Neither is half of a pair: a public key that is in use stays. */
	assert_int_equal(key_make(t->a, desk_path(t, "k"), false), -EEXIST);
	(void)caught_end(t, c);
	assert_int_equal(stat(desk_path(t, "k.key"), &st), -1);
}

static void the_development_key_is_announced_each_time(void **state)
{
	struct desk *t = *state;
	const struct key *k;
	struct caught c = caught_begin();

	assert_int_equal(setenv("XDG_CONFIG_HOME", desk_path(t, "config"), 1), 0);
	k = key_development(t->a);
	(void)caught_end(t, c);
	assert_non_null(k);
	assert_true(k->is_development);
	assert_non_null(strstr(key_public_text(t->a, k), "DEVELOPMENT"));
	assert_memory_equal(key_development(t->a)->pub.id, k->pub.id, 8);
}

/* A bit turned anywhere in a secret key is seen before anything is signed with it. */
static void a_damaged_key_signs_nothing(void **state)
{
	struct desk *t = *state;
	struct caught c;
	char *text;

	(void)make_key(t, "k");
	text = text_of(t, "k.key");
	text[150] = text[150] == 'A' ? 'B' : 'A';
	c = caught_begin();
	assert_null(key_load(t->a, desk_file(t, "bad.key", text)));
	assert_non_null(strstr(caught_end(t, c), "the key is damaged"));
}

static bool have(const char *program)
{
	return world_run((const char *[]){"which", program, NULL}) == 0;
}

/* minisign takes our keys and signatures, and we take its. */
static void minisign_and_nanny_understand_each_other(void **state)
{
	struct desk *t = *state;
	struct world w = {.desk = t, .env = {.arena = t->a}};
	const char *file = desk_file(t, "file", "what is signed\n"), *said;
	const char *sig = arena_printf(t->a, "%s.minisig", file), *text;
	struct minisign_signature s;
	struct minisign_key pub;
	uint8_t hash[64];

	if (!have("minisign"))
		skip();
	(void)make_key(t, "k");
	assert_int_equal(world_verb(&w, verb_sign,
				 (char *[]){(char *)"sign", (char *)"--key",
					 (char *)desk_path(t, "k.key"), (char *)file, NULL},
				 &said),
		EXIT_GOOD);
	assert_int_equal(world_run((const char *[]){"minisign", "-V", "-q", "-p",
				 desk_path(t, "k.pub"), "-m", file, NULL}),
		0);
	/* The other way round, with a key of its own. */
	assert_int_equal(world_run((const char *[]){"minisign", "-G", "-W", "-p",
				 desk_path(t, "m.pub"), "-s", desk_path(t, "m.key"), NULL}),
		0);
	assert_int_equal(world_run((const char *[]){"minisign", "-S", "-s", desk_path(t, "m.key"),
				 "-x", sig, "-m", file, NULL}),
		0);
	assert_int_equal(key_load_public(t->a, desk_path(t, "m.pub"), &pub), 0);
	text = text_of(t, "file.minisig");
	assert_int_equal(minisign_read(text, strlen(text), &s), 0);
	minisign_hash("what is signed\n", 15, hash);
	assert_int_equal(minisign_check(&pub, &s, hash), 0);
	/* And its secret key signs a slot of ours. */
	assert_non_null(key_load(t->a, desk_path(t, "m.key")));
	(void)make_slot(t, "slot", key_load(t->a, desk_path(t, "m.key")));
	assert_int_equal(verify(t,
				 (const char *[]){"--key", desk_path(t, "m.pub"),
					 desk_path(t, "slot"), NULL},
				 &said),
		EXIT_GOOD);
}

static const char *hex_of(struct desk *t, const uint8_t bytes[32])
{
	char hex[65];

	sha256_hex(bytes, hex);
	return arena_strdup(t->a, hex);
}

static void veritysetup_reads_the_tree(void **state)
{
	struct desk *t = *state;
	struct key *k = make_key(t, "k");
	const char *slot = make_slot(t, "slot", k);
	struct footer_expect e;
	struct slot_view v = map(slot, k, &e);
	struct manifest m;
	char why[256];
	const char *argv[] = {"veritysetup", "verify", "--no-superblock", "--format", "1", "--hash",
		"sha256", "--data-block-size", "4096", "--hash-block-size", "4096", "--data-blocks",
		NULL, "--hash-offset", NULL, "--salt", NULL, slot, slot, NULL, NULL};

	if (!have("veritysetup"))
		skip();
	assert_int_equal(slot_check(&v, &e, &m, why, sizeof(why)), 0);
	argv[12] = arena_printf(t->a, "%ju", (uintmax_t)m.size / 4096);
	argv[14] = arena_printf(t->a, "%ju", (uintmax_t)m.size);
	argv[16] = hex_of(t, m.salt);
	argv[19] = hex_of(t, m.root);
	assert_int_equal(world_run(argv), 0);
	m.root[0] ^= 1;
	argv[19] = hex_of(t, m.root);
	assert_int_not_equal(world_run(argv), 0);
	(void)munmap((void *)v.data, v.size);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_slot_that_was_made_is_good),
		IN_A_FOLDER(slots_on_a_disk_are_signed_anew),
		IN_A_FOLDER(the_same_root_is_the_same_slot),
		IN_A_FOLDER(every_block_of_it_counts),
		IN_A_FOLDER(one_that_does_not_fit_is_told_with_the_numbers),
		IN_A_FOLDER(a_key_is_never_overwritten),
		IN_A_FOLDER(the_development_key_is_announced_each_time),
		IN_A_FOLDER(a_damaged_key_signs_nothing),
		IN_A_FOLDER(minisign_and_nanny_understand_each_other),
		IN_A_FOLDER(veritysetup_reads_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
