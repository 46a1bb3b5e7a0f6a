/*
 * A slot's bytes (slot(5)): a squashfs of the system's root, the dm-verity tree over it, and the
 * footer with the signed manifest.  In a file the three follow one another; in a partition the
 * footer is the partition's last 16 KiB.
 */
#pragma once

#include "../lib/footer.h"
#include "key.h"

struct slot_boot {
	const char *name; /* as on the boot partition: "initrd.img" */
	uint8_t sha256[32];
};

struct slot_request {
	const char *image;      /* the file system's file */
	const char *filesystem; /* what it is: "squashfs" */
	const char *board;
	const char *version; /* NULL: the first digits of the root hash */
	uint64_t security;
	const struct key *key;
	const struct slot_boot *boot;
	size_t n_boot;
	uint64_t partition; /* bytes it has to fit into; 0: any */
};

/* Bytes that the slot of `m` takes as a file, or at least as a partition. */
uint64_t slot_size(const struct manifest *m);
/*
 * Into fd, an empty file.  0, or -1 after say_error(): among others that the slot does not fit,
 * with the numbers.
 */
int slot_write(struct arena *a, const struct slot_request *q, int fd);
/* The file's slot into `size` bytes at `at` of a disk image; 0, or -1 after say_error(). */
int slot_place(const char *slot, int disk, uint64_t at, uint64_t size);

/* A slot in a file or a disk image. */
struct slot_view {
	const uint8_t *data; /* mapped */
	uint64_t size;       /* footer included */
};

/* 0, or -errno with the reason in why; every block of it is read. */
int slot_check(const struct slot_view *v, const struct footer_expect *e, struct manifest *ret,
	char *why, size_t why_size);
/* The same slot, signed by another key: its footer, for the caller to write. */
void slot_sign(
	struct arena *a, const struct key *k, const struct manifest *m, uint8_t ret[SLOT_FOOTER]);
