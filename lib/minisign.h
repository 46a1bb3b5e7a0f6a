/*
 * Signatures in minisign's format (jedisct1.github.io/minisign), only the prehashed kind "ED":
 * Ed25519 over the BLAKE2b-512 of the message, and over that signature and its trusted comment.
 * Checking only; it needs no heap and no random numbers.  nanny(1) makes them, or minisign itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	MINISIGN_ID = 8,
	MINISIGN_KEY = 32,
	MINISIGN_SIGNATURE = 64,
	MINISIGN_HASH = 64,
	MINISIGN_COMMENT = 256, /* of the trusted comment, with the NUL */
};

struct minisign_key {
	uint8_t id[MINISIGN_ID]; /* only to tell keys apart */
	uint8_t key[MINISIGN_KEY];
};

struct minisign_signature {
	uint8_t id[MINISIGN_ID];
	uint8_t message[MINISIGN_SIGNATURE]; /* over the hash */
	uint8_t global[MINISIGN_SIGNATURE];  /* over the former and the comment */
	char comment[MINISIGN_COMMENT];
};

/* A public key's file, or its second line alone.  0 or -EBADMSG. */
int minisign_read_key(const char *text, size_t n, struct minisign_key *ret);
/* A signature's four lines and nothing else.  0 or -EBADMSG. */
int minisign_read(const char *text, size_t n, struct minisign_signature *ret);
/* 0, -ENOKEY: another key made it, -EKEYREJECTED: the message or the signature was changed. */
int minisign_check(const struct minisign_key *k, const struct minisign_signature *s,
	const uint8_t hash[MINISIGN_HASH]);
void minisign_hash(const void *message, size_t n, uint8_t ret[MINISIGN_HASH]);
