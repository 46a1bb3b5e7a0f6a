/*
 * Keys that slots are signed with, in minisign's files: NAME.key (secret, 0600) and NAME.pub.
 * minisign -G makes such files, too; one with a password is asked for it.
 */
#pragma once

#include <stdbool.h>

#include "../lib/minisign.h"
#include "arena.h"

struct key {
	const char *file;
	struct minisign_key pub;
	uint8_t secret[64];
	bool is_development; /* made here, for tests: its files say so */
};

/* The password of a key that has one, instead of the terminal's answer. */
#define KEY_PASSWORD "NANNY_KEY_PASSWORD"

/* NAME.key and NAME.pub, both or none.  0, -EEXIST after say_error() when one is there, or -1. */
int key_make(struct arena *a, const char *name, bool is_development);
/* NULL after say_error(). */
struct key *key_load(struct arena *a, const char *file);
/* The one that builds take when none is named; made at its first use, and told about each time. */
struct key *key_development(struct arena *a);
/* The public key's file, for an image or a command line.  0, or -1 after say_error(). */
int key_load_public(struct arena *a, const char *file, struct minisign_key *ret);
/* The two lines of NAME.pub. */
const char *key_public_text(struct arena *a, const struct key *k);
/* The four lines over a message's hash. */
const char *key_sign(struct arena *a, const struct key *k, const uint8_t hash[MINISIGN_HASH],
	const char *comment);
