/*
 * /etc/nanny/image.json: which images an image is made of, and where each of them lies, so that
 * `nanny show` and `nanny diff` need nothing but the image.
 *
 *   {"nanny": VERSION, "board": NAME, "components": [
 *     {"kind": "init", "image": NAME, "digest": DIGEST, "files": [PATH…]},
 *     {"kind": "onboot", "name": NAME, "image": NAME, "digest": DIGEST, "path": FOLDER}, …]}
 *
 * kind: init, volume, onboot, onshutdown or service.
 */
#pragma once

#include "layout.h"

struct inventory_note {
	const char *kind, *name; /* name NULL: init */
	const struct image *image;
	const char *path;         /* the folder; NULL: files says where */
	const struct tree *files; /* the layout's own */
	struct inventory_note *next;
};

/* The note's strings and image live as long as the layout. */
void inventory_add(struct layout *l, const struct inventory_note *note);
/* 0, or -1 after say_error(). */
int inventory_put(struct layout *l);
