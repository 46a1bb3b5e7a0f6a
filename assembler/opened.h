/*
 * A finished image, opened to be looked at: its files as a tree, which component each belongs to,
 * the packages its bill of materials names, and how its bytes are laid out.  Nothing but the image
 * is needed; one that nanny did not make is understood by LinuxKit's folders.
 *
 * The tree is the system's, however it was packed, with what starts it below boot/:
 *
 *   boot/kernel  boot/cmdline   as in a tar
 *   boot/a/      boot/b/        what belongs to one slot of a disk
 *   boot/initrd/                (or boot/a/initrd/) an initrd that is not the system but finds it
 *   slot-b/                     the system in the second slot, when it is another one
 */
#pragma once

#include <jansson.h>

#include "arena.h"
#include "tree.h"

struct opened_part {
	/* kernel, modules, boot, slot, init, volume, onboot, onshutdown, service, files */
	const char *kind;
	const char *name, *image, *digest; /* NULL: not known */
	const char *path;                  /* the folder, or NULL */
	off_t size;                        /* of files' content, hard links once */
	size_t n_files;                    /* that are no folders */
};

/* A stretch of a disk; those of one disk have all of its bytes among them. */
struct opened_place {
	const char *name; /* "system-a", "free", … */
	const char *is;   /* "FAT", "squashfs", "empty", …; NULL: it needs no word */
	off_t at, size;   /* bytes */
	const char *board, *version, *root; /* of a slot: what its manifest says; else NULL */
	off_t used;                         /* of a slot: with tree and footer; else 0 */
};

struct opened {
	struct arena *arena;
	const char *file; /* as it was found */
	const char *is;   /* "a tar", "a disk (qcow2)", … */
	off_t size;
	struct tree *root;
	struct opened_part *part;
	size_t n_parts;
	const size_t *part_of;      /* of each name in the order of tree_walk(): index into part */
	json_t *packages;           /* {"NAME TYPE": [VERSION…]} */
	struct opened_place *place; /* none: the file is no disk */
	size_t n_places;
};

/*
 * One file of any format, or NAME for NAME-initrd.img and the like with what lies beside it.
 * 0, or -1 after say_error().  opened_close() in either case.
 */
int opened_read(struct arena *a, const char *name, struct opened *ret);
void opened_close(struct opened *o);

/* "service web", "init nanny/init" … */
const char *opened_title(struct arena *a, const struct opened_part *p);
