/*
 * What lies where in the initrd: LinuxKit's folders, and /etc/nanny beside them.  The result is a
 * list of trees, one for each image, one for the kernel's modules, one for what the YAML says.  No
 * file is in two of them, so the order of unpacking decides nothing, and one that has not changed
 * need not be compressed again.
 */
#pragma once

#include "config.h"
#include "image.h"
#include "kernel.h"

struct segment {
	const char *what; /* for the progress line */
	struct tree *tree;
};

struct layout {
	struct arena *arena;
	struct image_ctx *ctx;
	const struct config *config;
	const struct kernel *kernel;
	struct segment *piece; /* as put, the later hides the earlier */
	size_t n_pieces;
	struct tree *merged; /* all of them */
	struct tree *own;    /* what no image brings; the last piece */
	struct placed *placed;
	struct inventory_note *notes; /* inventory.c's own */
	const char *sbom;             /* the bill of materials; NULL: none is made */
	struct segment *segment;
	size_t n_segments;
};

/* Hides what `tree` covers in earlier pieces; takes the tree over. */
int layout_add(struct layout *l, const char *what, struct tree *tree);
/* Into the last piece.  Symlinks of the images among the parents are followed. */
int layout_put(struct layout *l, const char *path, const struct tree_inode *inode);
int layout_put_dir(struct layout *l, const char *path, mode_t perm);
int layout_put_text(struct layout *l, const char *path, mode_t perm, const char *text);
int layout_put_symlink(struct layout *l, const char *path, const char *target);
