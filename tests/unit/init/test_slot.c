#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "sealed.h"

static struct sealed slot;
static char why[256];

static int setup(void **state)
{
	(void)state;
	sealed_make(&slot);
	return 0;
}

/* Signature, manifest and every block: what machine and tool check together. */
static int check_all(void)
{
	struct verity v;
	uint64_t block;
	int r = sealed_check(&slot, "testboard", 3, why, sizeof(why));

	if (r < 0)
		return r;
	(void)verity_plan(SEALED_BLOCKS, &v);
	return verity_check(&v, slot.m.salt, slot.slot, slot.slot + slot.m.size, slot.m.root,
		       &block) == VERITY_GOOD
		       ? 0
		       : -EUCLEAN;
}

static void a_good_slot_is_taken(void **state)
{
	(void)state;
	assert_int_equal(check_all(), 0);
}

static void what_is_printed_is_parsed(void **state)
{
	char text[SLOT_MANIFEST_MAX], again[SLOT_MANIFEST_MAX];
	struct manifest m;
	int n = manifest_print(&slot.m, text, sizeof(text));

	(void)state;
	assert_int_equal(manifest_parse(text, (size_t)n, &m, why, sizeof(why)), 0);
	assert_string_equal(m.board, "testboard");
	assert_int_equal(m.security, 3);
	assert_int_equal(m.n_files, 2);
	assert_string_equal(m.file[1].name, "initrd.img");
	assert_int_equal(manifest_print(&m, again, sizeof(again)), n);
	assert_string_equal(again, text);
}

static void every_block_flipped_is_found(void **state)
{
	uint32_t x = 7;

	(void)state;
	for (size_t b = 0; b < SEALED_BLOCKS + SEALED_TREE; b++) {
		size_t at = b * SLOT_BLOCK + ((x = x * 1103515245 + 12345) >> 16) % SLOT_BLOCK;
		/* Behind its last hash a block of the tree is empty, but hashed as well. */
		slot.slot[at] ^= 1 << (x >> 8 & 7);
		assert_int_equal(check_all(), -EUCLEAN);
		slot.slot[at] ^= 1 << (x >> 8 & 7);
	}
	assert_int_equal(check_all(), 0);
}

/* Every single one: 131 072 of them, each checked by the signature. */
static void every_bit_of_the_manifest_counts(void **state)
{
	uint8_t *f = sealed_footer(&slot);
	size_t n = strlen((char *)f);

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		f[bit / 8] ^= 1 << bit % 8;
		assert_true(sealed_check(&slot, "testboard", 3, why, sizeof(why)) < 0);
		assert_true(why[0]);
		f[bit / 8] ^= 1 << bit % 8;
	}
	/* The rest of the half is NUL, and stays it. */
	for (size_t at = n; at < SLOT_MANIFEST_MAX; at++) {
		f[at] ^= 1;
		assert_int_equal(sealed_check(&slot, "testboard", 3, why, sizeof(why)),
			at == n ? -EKEYREJECTED : -EBADMSG);
		f[at] ^= 1;
	}
}

/* What the untrusted comment says may be anything, so that a flip there decides nothing. */
static void a_bit_of_the_signature_is_found_or_is_comment(void **state)
{
	uint8_t *text = sealed_footer(&slot) + SLOT_MANIFEST_MAX;
	size_t comment = strlen("untrusted comment: "), first = strcspn((char *)text, "\n");
	size_t taken = 0;

	(void)state;
	for (size_t bit = 0; bit < (size_t)SLOT_SIGNATURE_MAX * 8; bit++) {
		size_t at = bit / 8;
		int r;

		text[at] ^= 1 << bit % 8;
		r = sealed_check(&slot, "testboard", 3, why, sizeof(why));
		if (r == 0) {
			taken++;
			assert_in_range(at, comment, first);
		}
		text[at] ^= 1 << bit % 8;
	}
	assert_in_range(taken, 1, 8);
}

static void each_refusal_has_its_line(void **state)
{
	(void)state;
	assert_int_equal(sealed_check(&slot, "rpi3", 0, why, sizeof(why)), -EXDEV);
	assert_string_equal(why, "wrong board: it is for testboard, this is rpi3");
	assert_int_equal(sealed_check(&slot, "testboard", 4, why, sizeof(why)), -ESTALE);
	assert_string_equal(why, "older security version: it has 3, this machine takes 4 or later");
	slot.pub.id[0] ^= 1;
	assert_int_equal(sealed_check(&slot, NULL, 0, why, sizeof(why)), -ENOKEY);
	assert_string_equal(why, "wrong key: it was signed with another one, 3837363534333231");
}

/* The right id, but not the key it was signed with. */
static void a_key_that_calls_itself_the_same_is_found_out(void **state)
{
	static const uint8_t seed[32] = "another";

	(void)state;
	(void)crypto_sign_seed_keypair(slot.pub.key, slot.secret, seed);
	assert_int_equal(sealed_check(&slot, NULL, 0, why, sizeof(why)), -EKEYREJECTED);
	assert_string_equal(why, "bad signature: the manifest was changed");
}

static void a_slot_that_is_cut_off_is_refused(void **state)
{
	struct footer_expect e = {.key = slot.pub, .partition = SEALED_BYTES - 512};
	struct manifest m;

	(void)state;
	assert_int_equal(footer_check(sealed_footer(&slot), &e, &m, why, sizeof(why)), -EFBIG);
	assert_string_equal(why, "cut off: it takes 847872 bytes, and there are 847360");
}

static void an_empty_partition_is_no_slot(void **state)
{
	(void)state;
	memset(sealed_footer(&slot), 0, SLOT_FOOTER);
	assert_int_equal(sealed_check(&slot, NULL, 0, why, sizeof(why)), -EBADMSG);
	memset(sealed_footer(&slot), 0xff, SLOT_FOOTER);
	assert_int_equal(sealed_check(&slot, NULL, 0, why, sizeof(why)), -EBADMSG);
}

/* Signed by the right key, and still nonsense: the signer may have erred. */
static void a_manifest_that_contradicts_itself_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} rows[] = {
		{"nanny-slot 1", "nanny-slot 2",
			"bad manifest: it is of a kind that is not known here"},
		{"board=", "bored=", "bad manifest: a line is not the one of board"},
		{"version=1.2\n", "version=\n", "bad manifest: a bad value of version"},
		{"security-version=3", "security-version=-3",
			"bad manifest: a bad value of security-version"},
		{"security-version=3", "security-version=03",
			"bad manifest: a bad value of security-version"},
		{"\nsize=819200", "\nsize=819201",
			"bad manifest: size and verity-size do not belong together"},
		{"\nsize=819200", "\nsize=0",
			"bad manifest: size and verity-size do not belong together"},
		{"verity-size=12288", "verity-size=8192",
			"bad manifest: size and verity-size do not belong together"},
		{"verity-salt=616e", "verity-salt=61", "bad manifest: a bad value of verity-salt"},
		{"verity-salt=616e", "verity-salt=616E",
			"bad manifest: a bad value of verity-salt"},
		{"boot-sha256=kernel ", "boot-sha256=kernel",
			"bad manifest: a bad value of boot-sha256"},
		{"boot-sha256=kernel ", "board=x ",
			"bad manifest: a line is not the one of boot-sha256"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[SLOT_MANIFEST_MAX], *at;
		char *footer = (char *)sealed_footer(&slot);

		sealed_write(&slot);
		at = strstr(footer, rows[i].from);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - footer), footer, rows[i].to,
			at + strlen(rows[i].from));
		memset(footer, 0, SLOT_MANIFEST_MAX);
		memcpy(footer, text, strlen(text));
		sealed_sign(&slot);
		assert_int_equal(sealed_check(&slot, NULL, 0, why, sizeof(why)), -EBADMSG);
		assert_string_equal(why, rows[i].why);
	}
}

static void trees_of_all_shapes_are_planned_as_the_kernel_reads_them(void **state)
{
	static const struct {
		uint64_t data, tree;
		unsigned levels;
	} rows[] = {{1, 0, 0}, {2, 1, 1}, {128, 1, 1}, {129, 3, 2}, {16384, 129, 2},
		{16385, 129 + 1 + 2, 3}, {UINT64_C(1) << 40, 8657571873, 6}};
	struct verity v;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(verity_plan(rows[i].data, &v), 0);
		assert_int_equal(v.tree_blocks, rows[i].tree);
		assert_int_equal(v.levels, rows[i].levels);
	}
	assert_int_equal(verity_plan(0, &v), -EINVAL);
	assert_int_equal(verity_plan((UINT64_C(1) << 40) + 1, &v), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_slot_is_taken, setup),
		cmocka_unit_test_setup(what_is_printed_is_parsed, setup),
		cmocka_unit_test_setup(every_block_flipped_is_found, setup),
		cmocka_unit_test_setup(every_bit_of_the_manifest_counts, setup),
		cmocka_unit_test_setup(a_bit_of_the_signature_is_found_or_is_comment, setup),
		cmocka_unit_test_setup(each_refusal_has_its_line, setup),
		cmocka_unit_test_setup(a_key_that_calls_itself_the_same_is_found_out, setup),
		cmocka_unit_test_setup(a_slot_that_is_cut_off_is_refused, setup),
		cmocka_unit_test_setup(an_empty_partition_is_no_slot, setup),
		cmocka_unit_test_setup(a_manifest_that_contradicts_itself_is_refused, setup),
		cmocka_unit_test(trees_of_all_shapes_are_planned_as_the_kernel_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
