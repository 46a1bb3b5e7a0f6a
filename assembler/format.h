/*
 * What a build can be written as: LinuxKit's formats with LinuxKit's names and file names, so that
 * scripts around them go on working.  A row of the table in format.c each; who adds one adds a row,
 * and functions that make its files (product.h).
 */
#pragma once

#include <stdbool.h>

#include "product.h"

struct format_output {
	const char *title;  /* in the summary of --json */
	const char *suffix; /* the file is NAME and this */
	product_make *make;
};

/* How QEMU starts it. */
enum format_boot {
	BOOT_NONE,
	BOOT_INITRD, /* kernel, initrd and command line are QEMU's */
	BOOT_ROOT,   /* so too, and the second output is the root on a disk */
	BOOT_CD,
	BOOT_DISK,
	BOOT_CARD, /* as the board has it */
};

struct format {
	const char *name;
	const char *machine; /* only for boards of this one; NULL: for all */
	bool has_size;       /* a disk: --size counts */
	enum format_boot boot;
	const char *kind; /* BOOT_ROOT: of file system; BOOT_DISK: of disk, as QEMU calls it */
	bool is_efi;
	struct format_output output[4];
	const char *packages[LOADERS_OF_ONE]; /* whose bytes start it, besides the system's own … */
	bool starts_as_board;                 /* … and those of the board */
};

#define FORMAT_DEFAULT "kernel+initrd"
#define FORMAT_RPI3    "rpi3" /* LinuxKit's; the board is rpi3, too */
#define FORMAT_DISK    "disk" /* the default of a board that says how it starts from one */

/* What one build writes. */
struct format_list {
	const struct format **format;
	size_t n_formats;
	const struct format_output **output; /* of all formats, each once */
	size_t n_outputs;
};

/* "F,F…".  0, or EXIT_BAD_INPUT after saying what is wrong with it. */
int format_parse(struct arena *a, const char *text, struct format_list *ret);
/* "10G", "1024M", "1024" (MiB, as LinuxKit has it).  0, or EXIT_BAD_INPUT after saying why. */
int format_parse_size(const char *text, off_t *ret);
/* NULL: there is none of that name. */
const struct format *format_find(const char *name);
/* The format whose only file ends like `file`, which has that ending cut off in *ret_base; or NULL.
 */
const struct format *format_of_file(struct arena *a, const char *file, const char **ret_base);
/* Whether the board and the other wishes allow it; what does not is in d. */
void format_check(const struct format_list *l, const struct board *b, off_t size, struct diag *d);
/* "a, b, c": every name there is. */
const char *format_names(struct arena *a);
