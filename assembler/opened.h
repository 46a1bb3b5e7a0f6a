/*
 * A finished image, opened to be looked at: its files as a tree, which component each belongs to,
 * and the packages its bill of materials names.  Nothing but the image is needed; one that nanny
 * did not make is understood by LinuxKit's folders.
 */
#pragma once

#include <jansson.h>

#include "arena.h"
#include "tree.h"

struct opened_part {
	const char *kind; /* kernel, modules, init, volume, onboot, onshutdown, service, files */
	const char *name, *image, *digest; /* NULL: not known */
	const char *path;                  /* the folder, or NULL */
	off_t size;                        /* of files' content, hard links once */
	size_t n_files;                    /* that are no folders */
};

struct opened {
	struct arena *arena;
	const char *file; /* as it was found */
	off_t size;
	struct tree *root;
	struct opened_part *part;
	size_t n_parts;
	const size_t *part_of; /* of each name in the order of tree_walk(): index into part */
	json_t *packages;      /* {"NAME TYPE": [VERSION…]} */
};

/*
 * NAME-initrd.img and NAME-kernel for "NAME", or one file: an initrd, or one of nanny's tars.
 * 0, or -1 after say_error().  opened_close() in either case.
 */
int opened_read(struct arena *a, const char *name, struct opened *ret);
void opened_close(struct opened *o);

/* "service web", "init nanny/init" … */
const char *opened_title(struct arena *a, const struct opened_part *p);
