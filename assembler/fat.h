/*
 * A FAT file system with the regular files and folders of a tree: what firmware reads.  Owners and
 * modes do not exist there; other kinds of files are an error.  Made with mkfs.vfat and mtools,
 * into a place inside a file, so that a partition needs no copy.
 */
#pragma once

#include "tree.h"

struct arena;

/* Into the empty file system at `at` of the file `path`: what has to come first there.  0, or -1
 * after say_error(). */
typedef int fat_begin(void *ctx, const char *path, off_t at);

struct fat {
	struct arena *arena;
	int64_t date;      /* of the files; FAT begins in 1980 */
	uint32_t id;       /* the volume's */
	const char *label; /* at most 11 characters */
	fat_begin *begin;  /* NULL: nothing */
	void *ctx;
};

/* What the smallest one takes that holds the tree: bytes, whole MiB. */
off_t fat_size(const struct tree *t);
/* Into `size` bytes at `at` of the file `path`, which grows when it has to.  0, or -1 after
 * say_error(). */
int fat_write(const struct fat *f, const struct tree *t, const char *path, off_t at, off_t size);
