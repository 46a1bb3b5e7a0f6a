/*
 * SHA-256, by which everything here has its name.  A build spends most of its time on it; nettle,
 * which comes with libarchive, has the processor's own instructions for it, libsodium has not.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nettle/sha2.h>

struct sha256 {
	struct sha256_ctx nettle;
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
void sha256_end(struct sha256 *s, uint8_t ret[32]);
void sha256_of(const void *data, size_t n, uint8_t ret[32]);

void sha256_hex(const uint8_t sum[32], char ret_hex[65]);
/* 0, or -errno */
int sha256_file(const char *path, uint8_t ret_sum[32]);
