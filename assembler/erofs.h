/*
 * EROFS as mkfs.erofs makes it unless told otherwise, in memory: plain or compressed with LZ4, the
 * compressed in pieces of one block (the kernel's Documentation/filesystems/erofs.rst and
 * fs/erofs/erofs_fs.h).  Everything an image says of itself is checked before it is believed.
 */
#pragma once

#include <stdbool.h>

#include "tree.h"

struct erofs {
	const char *file; /* for errors */
	const uint8_t *data;
	uint64_t size;
	unsigned block_bits;
	uint64_t meta, xattrs; /* bytes: where inodes and shared attributes begin */
	uint64_t root;         /* the inode's number */
	bool is_at_end;        /* what is compressed stands at its block's end, behind zeros */
};

struct erofs_inode {
	uint64_t number, size;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	uint32_t links;
	unsigned layout;     /* how the content lies … */
	uint64_t block;      /* … and where */
	uint64_t after;      /* byte behind inode and attributes */
	uint64_t xattr_at;   /* inline attributes … */
	uint32_t xattr_size; /* … 0: none */
};

/* 0, or -1 after say_error(). */
int erofs_open(const char *file, const void *data, uint64_t size, struct erofs *ret);
int erofs_inode(const struct erofs *e, uint64_t number, struct erofs_inode *ret);
/* The whole of it into a tree. */
int erofs_unpack(const struct erofs *e, struct tree *t);

/* A file's content, from its beginning on. */
struct erofs_reader;
struct erofs_reader *erofs_reader_new(const struct erofs *e, const struct erofs_inode *f);
void erofs_reader_free(struct erofs_reader *r);
/* Like read(2); -1 after say_error(). */
ssize_t erofs_read_next(struct erofs_reader *r, void *buf, size_t size);

/* Of the files of erofs*.c. */
enum {
	EROFS_XATTR_HEADER = 12,
};

/* Little-endian; 0 beyond the end. */
uint64_t erofs_get(const struct erofs *e, uint64_t at, size_t bytes);
bool erofs_is_there(const struct erofs *e, uint64_t at, uint64_t bytes);
int erofs_bad(const struct erofs *e, uint64_t inode, const char *what); /* says so; -1 */
