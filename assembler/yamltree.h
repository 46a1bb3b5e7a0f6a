/*
 * Inside of yaml.c: libfyaml's events become nodes here.  Sizes are counted as if every alias were
 * written out, so that a small file cannot make those who walk the tree run for hours.
 */
#pragma once

#include <libfyaml.h>

#include "yaml.h"

struct names;

/* A node and how large it is with its aliases written out. */
struct built {
	struct ynode *node;
	size_t weight;
	int height;
};

struct loader {
	struct arena *a;
	struct diag *d;
	const char *name, *text;
	size_t len;
	struct fy_parser *parser;
	struct names *anchors; /* NULL: there are none yet */
	/* The place of `pos`, so that each mark costs the way from the last one. */
	size_t pos;
	struct mark at;
	bool failed;
};

/* Lines by '\n', columns by characters. */
struct mark loader_mark(struct loader *l, size_t pos);
/* Where the event stands. */
struct mark loader_event_mark(struct loader *l, struct fy_event *e);
/* The next event; NULL, with l->failed, when there is none. */
struct fy_event *loader_next(struct loader *l);
/* The node that begins with e (which stays the caller's).  -1: l->failed, and the reason was said.
 */
int loader_node(struct loader *l, struct fy_event *e, int depth, struct built *ret);
