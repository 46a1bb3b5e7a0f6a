/*
 * What starts a slot on this machine, and how it learns which: a row for each.  Helpers only.
 */
#pragma once

#include "../lib/table.h"
#include "slots.h"

struct slot_loader {
	const char *name;
	/* Takes one from the record's tries itself, each time before it starts a slot on trial. */
	bool counts;
	bool (*is_here)(int disk, const struct table *t); /* disk: open, with that table */
	/* What does not read the record is made to start what the record says; 0 or -errno. */
	int (*follow)(int disk, const struct table *t, struct slots_wish wish);
};

const struct slot_loader *slot_loader_find(int disk, const struct table *t);
