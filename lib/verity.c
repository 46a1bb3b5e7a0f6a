#include "verity.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum {
	FAN_OUT = VERITY_BLOCK / VERITY_HASH,
};

int verity_plan(uint64_t data_blocks, struct verity *ret)
{
	uint64_t n = data_blocks, at = 0;

	*ret = (struct verity){.data_blocks = data_blocks};
	if (data_blocks == 0 || data_blocks > UINT64_C(1) << 40)
		return -EINVAL;
	while (n > 1) {
		n = (n + FAN_OUT - 1) / FAN_OUT;
		ret->blocks[ret->levels++] = n;
	}
	for (unsigned i = ret->levels; i-- > 0;) {
		ret->at[i] = at;
		at += ret->blocks[i];
	}
	ret->tree_blocks = at;
	return 0;
}

void verity_hash(const uint8_t salt[VERITY_HASH], const void *block, uint8_t ret[VERITY_HASH])
{
	crypto_hash_sha256_state s;

	(void)crypto_hash_sha256_init(&s);
	(void)crypto_hash_sha256_update(&s, salt, VERITY_HASH);
	(void)crypto_hash_sha256_update(&s, block, VERITY_BLOCK);
	(void)crypto_hash_sha256_final(&s, ret);
}

void verity_build(const struct verity *v, const uint8_t salt[VERITY_HASH], const uint8_t *data,
	uint8_t *tree, uint8_t ret_root[VERITY_HASH])
{
	const uint8_t *below = data;
	uint64_t n = v->data_blocks;

	for (unsigned i = 0; i < v->levels; i++) {
		uint8_t *level = tree + v->at[i] * VERITY_BLOCK;

		for (uint64_t b = 0; b < n; b++)
			verity_hash(salt, below + b * VERITY_BLOCK, level + b * VERITY_HASH);
		below = level;
		n = v->blocks[i];
	}
	verity_hash(salt, below, ret_root);
}

/* Of a level's hashes over the blocks below it; the first that differs, or n. */
static uint64_t first_bad(
	const uint8_t *salt, const uint8_t *below, uint64_t n, const uint8_t *level)
{
	uint8_t hash[VERITY_HASH];

	for (uint64_t b = 0; b < n; b++) {
		verity_hash(salt, below + b * VERITY_BLOCK, hash);
		if (memcmp(hash, level + b * VERITY_HASH, VERITY_HASH) != 0)
			return b;
	}
	return n;
}

/* From the root down, so that a hash is believed only when what holds it was. */
enum verity_part verity_check(const struct verity *v, const uint8_t salt[VERITY_HASH],
	const uint8_t *data, const uint8_t *tree, const uint8_t root[VERITY_HASH],
	uint64_t *ret_block)
{
	uint8_t hash[VERITY_HASH];

	*ret_block = 0;
	verity_hash(salt, v->levels ? tree : data, hash);
	if (memcmp(hash, root, VERITY_HASH) != 0)
		return v->levels ? VERITY_TREE : VERITY_DATA;
	for (unsigned i = v->levels; i-- > 0;) {
		const uint8_t *level = tree + v->at[i] * VERITY_BLOCK;
		const uint8_t *below = i ? tree + v->at[i - 1] * VERITY_BLOCK : data;
		uint64_t n = i ? v->blocks[i - 1] : v->data_blocks;
		uint64_t b = first_bad(salt, below, n, level);

		if (b < n) {
			*ret_block = i ? v->at[i - 1] + b : b;
			return i ? VERITY_TREE : VERITY_DATA;
		}
	}
	return VERITY_GOOD;
}
