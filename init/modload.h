/*
 * Loading a kernel module with what it needs, by the lists of the running kernel's folder in
 * /lib/modules.  For helpers: it reads files and takes memory.
 */
#pragma once

#include <stdbool.h>

#include "modalias.h"

struct modload {
	char root[128]; /* "/lib/modules/6.12.0" */
	char *alias, *dep;
	struct span tried[1024]; /* names; each once */
	size_t n_tried, loaded;
	int error; /* of the last that could not be loaded; 0: none */
};

/* A file of at most 16 MiB, or of /sys; NULL: there is none.  The caller frees it. */
char *modload_read(int at, const char *name);

/* false: this image has no such lists.  modload_close() in either case. */
bool modload_open(struct modload *l);
void modload_close(struct modload *l);
/* Every module that has this alias; how many there are. */
size_t modload_alias(struct modload *l, const char *alias);
/* false: there is no such module. */
bool modload_name(struct modload *l, struct span name);
