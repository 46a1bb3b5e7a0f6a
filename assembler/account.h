/*
 * The users of an image, as its /etc/passwd and /etc/group have them, and what the image's USER
 * ("NAME[:GROUP]", either of them also a number) means by these, as container engines read it.
 */
#pragma once

#include "arena.h"
#include "tree.h"

struct accounts {
	const char *passwd, *group; /* the files' texts; NULL: there is none */
};

struct account {
	unsigned uid, gid;
	unsigned *more; /* the groups that list the user, when USER names no group */
	size_t n_more;
};

/* Of an unpacked image; symlinks are followed inside of it. */
struct accounts accounts_read(struct arena *a, const struct tree *image);
/* NULL, or what is wrong: "its /etc/passwd has no user 'x'". */
const char *account_find(
	struct arena *a, const struct accounts *all, const char *user, struct account *ret);
