/*
 * Which kernel modules a board needs, in load order, out of all that a kernel has.  What a module
 * needs is read from the module itself ("depends=" in its modinfo), which every kernel package has;
 * modules.dep is made on the installed system and many have none.
 */
#pragma once

#include "board.h"
#include "tree.h"

/*
 * `all` is rooted at /lib/modules: "RELEASE/kernel/….ko.xz".  The board's modules and what they
 * need go into `to` (which may be `all`), uncompressed.  *ret_order: a line "/lib/modules/…
 * PARAMETERS" each, what is needed first.  A module that is built in is there already.  One that
 * the kernel has not: an error at the board's line, or with `lenient` nothing (another kernel than
 * the board's). 0, or -1: the reason is in d or was said.
 */
struct modules_request {
	struct arena *arena;
	struct diag *diag;
	const struct board *board;
	const struct tree *all;
	struct tree *to;
	bool lenient;
};

int modules_select(const struct modules_request *q, char **ret_order);
