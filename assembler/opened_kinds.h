/*
 * Between the files of opened*.c: what an image is made of is told by its first bytes, and each
 * kind is read into the tree, or taken apart into pieces that are looked at again.
 *
 *   opened.c        the files that a name stands for
 *   opened_kinds.c  the table of kinds; archives
 *   opened_vm.c     disks in a wrapping: qcow2, vmdk, vhd
 *   opened_disk.c   partitions
 *   opened_fat.c    the boot files in them
 *   opened_root.c   squashfs, erofs and slots
 *   opened_boot.c   the kernel and the initrds among boot files
 *   opened_parts.c  the finished tree, sorted into components
 */
#pragma once

#include "opened.h"

/* Bytes to be looked at: a file, or a stretch of one. */
struct piece {
	const char *name;    /* for errors */
	const uint8_t *data; /* mapped … */
	uint64_t size;
	int fd;   /* … from this file … */
	off_t at; /* … at this place */
};

/* An image being read. */
struct reading {
	struct opened *o;
	struct tree *boot; /* becomes boot/ */
	bool has_root;     /* o->root is the system, not waiting for one */
	bool is_inside;    /* what is read now lies on a disk */
	const char *slot;  /* of the partition that is read now: "a", "b" or "" */
};

/* 0, or -1 after say_error(). */
typedef int piece_reader(struct reading *r, const struct piece *p);

int piece_read(struct reading *r, const struct piece *p);       /* whatever it is */
int piece_read_fd(struct reading *r, const char *name, int fd); /* all of a file */

/* Little- and big-endian, out of the piece: 0 beyond its end. */
uint64_t piece_little(const struct piece *p, uint64_t at, size_t bytes);
uint64_t piece_big(const struct piece *p, uint64_t at, size_t bytes);
bool piece_has(const struct piece *p, uint64_t at, const char *magic);
/* "/proc/PID/fd/N": the whole file, for a program that wants a name. */
const char *piece_path(struct arena *a, int fd);

bool squashfs_is(const struct piece *p);
bool erofs_is(const struct piece *p);
bool fat_is(const struct piece *p);
bool disk_is(const struct piece *p);
bool qcow2_is(const struct piece *p);
bool vmdk_is(const struct piece *p);
bool dynamic_vhd_is(const struct piece *p);
bool fixed_vhd_is(const struct piece *p);
bool uki_is(const struct piece *p);
piece_reader squashfs_read, erofs_read, fat_read, disk_read, qcow2_read, vmdk_read,
	dynamic_vhd_read, fixed_vhd_read, uki_read;

/* The files of a FAT into a tree; two of one name are refused.  0, or -1 after say_error(). */
int fat_unpack(struct arena *a, const struct piece *p, struct tree *to);

/* What is behind the files of an ISO, which end there. */
int iso_disk_read(struct reading *r, const struct piece *p, uint64_t iso_end);

/* What a piece is, as the table has it; NULL: nothing that is known. */
const char *piece_is(const struct piece *p);

/* The next place on the disk, up to `end`. */
struct opened_place *opened_add_place(
	struct opened *o, const char *name, uint64_t at, uint64_t end);
/* The manifest at a piece's end into *place; false: it has none. */
bool slot_describe(struct reading *r, const struct piece *p, struct opened_place *place);

/* After all pieces: kernel, command line and initrds out of boot files, and these to boot/. */
int boot_settle(struct reading *r);
/* Components and packages. */
int opened_sort(struct opened *o);
