/*
 * The hash tree of dm-verity (the kernel's Documentation/admin-guide/device-mapper/verity.rst; what
 * `veritysetup format --no-superblock` writes): format 1, SHA-256, blocks of 4096 bytes.  A hash is
 * that of salt and block; 128 of them fill a block of the level above; the block on top hashes to
 * the root.  The tree lies top level first.
 *
 * The device's kernel does the checking there; this is for making a slot and for checking all of
 * it.
 */
#pragma once

#include <stdint.h>

enum {
	VERITY_BLOCK = 4096,
	VERITY_HASH = 32,
	VERITY_LEVELS = 9, /* of 128^9 = 2^63 blocks */
};

struct verity {
	uint64_t data_blocks;
	unsigned levels;            /* 0: one block, whose hash is the root */
	uint64_t at[VERITY_LEVELS]; /* [0] hashes the data: its first block in the tree */
	uint64_t blocks[VERITY_LEVELS];
	uint64_t tree_blocks;
};

/* 0, or -EINVAL for a size of 0 or beyond 2^40 blocks. */
int verity_plan(uint64_t data_blocks, struct verity *ret);
void verity_hash(const uint8_t salt[VERITY_HASH], const void *block, uint8_t ret[VERITY_HASH]);
/* `tree` takes v->tree_blocks blocks, zeroed before. */
void verity_build(const struct verity *v, const uint8_t salt[VERITY_HASH], const uint8_t *data,
	uint8_t *tree, uint8_t ret_root[VERITY_HASH]);

enum verity_part {
	VERITY_GOOD,
	VERITY_DATA,
	VERITY_TREE,
};

/* Every block of both; *ret_block: the first bad one, within its part. */
enum verity_part verity_check(const struct verity *v, const uint8_t salt[VERITY_HASH],
	const uint8_t *data, const uint8_t *tree, const uint8_t root[VERITY_HASH],
	uint64_t *ret_block);
