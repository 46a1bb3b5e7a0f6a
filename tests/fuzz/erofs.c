/* An EROFS, whatever it says of itself: refused, or a tree; and read in time. */
#include "../../assembler/diag.h"
#include "../../assembler/erofs.h"
#include "fuzz.h"

/* What is said of a bad one is nothing to find out about. */
int say_error(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	uint8_t byte;

	MUST(path[0] && path[0] != '/' && !strstr(path, "/../"));
	if (f->size > 0)
		MUST(tree_read(ctx, f, &byte, 1, f->size - 1) == 1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree *t = tree_new();
	struct erofs e;

	if (erofs_open("x", data, size, &e) == 0)
		(void)erofs_unpack(&e, t);
	MUST(tree_walk(t, visit, t) == 0);
	tree_free(t);
	return 0;
}
