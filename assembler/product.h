/*
 * One build's result on its way to the disk: the system laid out in memory, and the files that are
 * made of it.  A part is a file that is made once, whichever formats ask for it: the initrd of
 * kernel+initrd is the one inside iso-bios.  Parts lie in a folder of their own beside the outputs;
 * an output is a part that takes its name at the end, when all is well.
 */
#pragma once

#include "key.h"
#include "layout.h"

enum {
	LOADERS_OF_ONE = 2, /* packages that one way of starting takes files from */
};

struct product;
struct slot_boot;

/*
 * Makes one file: `fd` is open for reading and writing on the new file `path`, for tools that want
 * a name.  Such a tool has to write into that file and not put another in its place.  0, or -1: the
 * reason is in ctx->diag or was said.
 */
typedef int product_make(struct product *p, const char *path, int fd);

struct product {
	struct arena *arena;
	struct image_ctx *ctx;
	const struct layout *layout; /* layout->merged is the root */
	const struct kernel *kernel;
	const char *cmdline;
	int64_t date;         /* seconds since 1970: what is dated in an image has this date */
	off_t size;           /* --size, bytes; 0: as small as what is in it */
	const char *key_file; /* --key: what slots are signed with; NULL: the development key */
	const char *version;  /* --version, of a slot; NULL: its root hash's first digits */
	uint64_t security;    /* --security-version */
	uint64_t slot_size;   /* bytes of the partition that a slot has to fit into; 0: any */
	const struct slot_boot *boot; /* the slot's boot files, for its manifest … */
	size_t n_boot;                /* … 0: kernel and initrd, as the formats without a disk */
	const char *slot_arguments;   /* what the kernel in a slot is told besides cmdline */
	bool both_slots;              /* --both-slots: b is filled like a */
	const struct key *key;        /* product_key() */
	char *work;                   /* the folder of the parts; NULL: not made yet */
	struct part *part;            /* product.c's own */
	size_t n_parts;
};

/* The part's file; made when it is not there.  NULL: as product_make. */
const char *product_part(struct product *p, product_make *make);
/* Makes sure that nothing but the name is still to be done: it is on the disk, and can have it. */
int product_settle(struct product *p, product_make *make, const char *path);
/* The part takes the name `path` on the same file system, and is no part any more. */
int product_publish(struct product *p, product_make *make, const char *path);
/* The folder and what is left in it; p itself is the caller's. */
void product_clear(struct product *p);

/* Loaded at the first call; NULL after say_error(). */
const struct key *product_key(struct product *p);

/* 9999-12-31T23:59:59Z: later dates have no form in a bill of materials. */
#define PRODUCT_DATE_MAX INT64_C(253402300799)
/* $SOURCE_DATE_EPOCH, else the date of packages.lock.  0, or -1 with the reason in
 * ctx->diag. */
int product_date(const struct image_ctx *ctx, int64_t *ret);
