/*
 * A verb of the command line: `nanny [--root DIR] VERB …`.  The table is in main.c.
 * A verb parses its own options with verb_option(); argv[0] is its name.
 */
#pragma once

#include "board.h"
#include "image.h"

/* Exit statuses. */
enum {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1,    /* the world around us */
	EXIT_BAD_INPUT = 2, /* the user's files or the command line */
};

struct verb_env {
	struct arena *arena; /* lives as long as the command */
	const char *root;    /* the source tree, absolute */
	const char *program; /* this program's file */
};

typedef int verb_run(struct verb_env *env, int argc, char **argv);

verb_run verb_build, verb_check, verb_diff, verb_fetch, verb_keygen, verb_lock, verb_pkg,
	verb_run_image, verb_show, verb_sign, verb_unpack, verb_verify;

/* Says what is wrong with the command line; EXIT_BAD_INPUT. */
int verb_usage(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * getopt_long(3) with errors in our words: the option's val; '?' after an error was told; -1 at the
 * end.  PARENT: a command before its verb, at which it ends.
 */
struct option;
int verb_option(int argc, char **argv, const struct option *names);
int verb_parent_option(int argc, char **argv, const struct option *names);

/*
 * Board, packages.lock and components, as a verb that deals with images needs them.
 * 0, or -1 with the reasons in d.
 */
int verb_images(struct verb_env *env, struct diag *d, const char *board, struct image_ctx *ret);
/* Prints what d holds; the exit status: 2 when there is an error, otherwise `status`. */
int verb_finish(struct diag *d, bool json, int status);
