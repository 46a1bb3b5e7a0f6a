/*
 * What a slot says about itself (slot(5)): whose it is, how new it is, and the one number that its
 * every byte hangs on, the root hash of its dm-verity tree.  Pure: text in, struct out, and back.
 *
 * The last 16 KiB of a slot are its footer: the manifest's text in the first half, its signature in
 * minisign's format in the second, each filled up with NUL.  Nobody reads the manifest before the
 * signature over its text was found good; what is in it is checked all the same.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SLOT_BLOCK = 4096,
	SLOT_FOOTER = 16384,
	SLOT_MANIFEST_MAX = SLOT_FOOTER / 2, /* with at least one NUL */
	SLOT_SIGNATURE_MAX = SLOT_FOOTER / 2,
	MANIFEST_NAME = 64, /* with the NUL */
	MANIFEST_FILES = 16,
	MANIFEST_HASH = 32, /* SHA-256 */
};

/* A file of the slot's boot partition, which no tree covers: firmware and updates compare it. */
struct manifest_file {
	char name[MANIFEST_NAME];
	uint8_t sha256[MANIFEST_HASH];
};

struct manifest {
	char board[MANIFEST_NAME];
	char version[MANIFEST_NAME];
	uint64_t security; /* only ever goes up; a device refuses less than it has seen */
	char filesystem[MANIFEST_NAME];
	uint64_t size;      /* bytes of the file system, from 0; whole blocks */
	uint64_t tree_size; /* bytes of the tree, right behind it */
	uint8_t salt[MANIFEST_HASH];
	uint8_t root[MANIFEST_HASH];
	struct manifest_file file[MANIFEST_FILES];
	size_t n_files;
};

/* Ended by NUL within `size`; its length, or -ENOSPC, or -EINVAL for a name that cannot be told. */
int manifest_print(const struct manifest *m, char *buf, size_t size);
/*
 * 0, or -EBADMSG with what is wrong in `why`: a line that is unknown, missing, said twice or out of
 * range, or sizes that do not belong together.
 */
int manifest_parse(const char *text, size_t n, struct manifest *ret, char *why, size_t why_size);
