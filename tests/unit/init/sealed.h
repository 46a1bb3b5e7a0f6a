/*
 * A slot in memory, as nanny build makes one, for tests of what reads it; signed with a key that
 * everybody knows.
 */
#pragma once

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "../../../lib/footer.h"
#include "../../../lib/verity.h"

enum {
	SEALED_BLOCKS = 200, /* so that the tree has two levels */
	SEALED_TREE = 3,
	SEALED_BYTES = (SEALED_BLOCKS + SEALED_TREE) * SLOT_BLOCK + SLOT_FOOTER,
};

struct sealed {
	struct minisign_key pub;
	uint8_t secret[64];
	struct manifest m;
	uint8_t slot[SEALED_BYTES];
};

static inline uint8_t *sealed_footer(struct sealed *s)
{
	return s->slot + SEALED_BYTES - SLOT_FOOTER;
}

static inline void sealed_line(char *to, const char *title, const void *raw, size_t n)
{
	strcat(to, title);
	(void)sodium_bin2base64(to + strlen(to), 256, raw, n, sodium_base64_VARIANT_ORIGINAL);
	strcat(to, "\n");
}

static inline void sealed_sign(struct sealed *s)
{
	static const char comment[] = "of a test";
	uint8_t *f = sealed_footer(s), hash[64], raw[74] = "ED", all[128], global[64];
	char *text = (char *)f + SLOT_MANIFEST_MAX;

	memset(text, 0, SLOT_SIGNATURE_MAX);
	minisign_hash(f, strlen((char *)f), hash);
	memcpy(raw + 2, s->pub.id, 8);
	(void)crypto_sign_detached(raw + 10, NULL, hash, 64, s->secret);
	memcpy(all, raw + 10, 64);
	memcpy(all + 64, comment, strlen(comment));
	(void)crypto_sign_detached(global, NULL, all, 64 + strlen(comment), s->secret);
	sealed_line(text, "untrusted comment: x\n", raw, sizeof(raw));
	strcat(text, "trusted comment: of a test\n");
	sealed_line(text, "", global, sizeof(global));
}

/* The manifest's text as m says, signed. */
static inline void sealed_write(struct sealed *s)
{
	memset(sealed_footer(s), 0, SLOT_FOOTER);
	(void)manifest_print(&s->m, (char *)sealed_footer(s), SLOT_MANIFEST_MAX);
	sealed_sign(s);
}

static inline void sealed_make(struct sealed *s)
{
	static const uint8_t seed[32] = "a key that everybody knows";
	struct verity v;
	uint32_t x = 1;

	*s = (struct sealed){.m = {.board = "testboard",
				     .version = "1.2",
				     .security = 3,
				     .filesystem = "squashfs",
				     .size = (uint64_t)SEALED_BLOCKS * SLOT_BLOCK,
				     .tree_size = (uint64_t)SEALED_TREE * SLOT_BLOCK,
				     .salt = "any salt",
				     .file = {{"kernel", {1, 2, 3}}, {"initrd.img", {4}}},
				     .n_files = 2}};
	(void)crypto_sign_seed_keypair(s->pub.key, s->secret, seed);
	memcpy(s->pub.id, "12345678", 8);
	for (size_t i = 0; i < s->m.size; i++)
		s->slot[i] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
	(void)verity_plan(SEALED_BLOCKS, &v);
	verity_build(&v, s->m.salt, s->slot, s->slot + s->m.size, s->m.root);
	sealed_write(s);
}

static inline int sealed_check(
	struct sealed *s, const char *board, uint64_t security, char *why, size_t why_size)
{
	struct footer_expect e = {
		.key = s->pub, .board = board, .security = security, .partition = SEALED_BYTES};
	struct manifest m;

	return footer_check(sealed_footer(s), &e, &m, why, why_size);
}
