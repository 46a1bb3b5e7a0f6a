/*
 * The QEMU command line of a board.
 */
#pragma once

#include <stdbool.h>

#include "format.h"

struct forward {
	const char *name; /* printed with the address as a page's; NULL: none */
	int host, guest;  /* TCP ports; host 0: a free one is chosen */
};

struct qemu {
	const struct board *board;
	const struct format *format; /* NULL: the default one */
	const char *base;            /* what its files begin with */
	const char *cmdline;         /* for formats without one of their own */
	const char *card;            /* BOOT_CARD: a file in QEMU's own format */
	const char *kernel;          /* BOOT_CARD: what is started; NULL: the card is */
	const struct forward *forward;
	size_t n_forward;
	bool is_terminal; /* the console is ours, with QEMU's keys on it; else it is only written */
	const char *log;  /* with is_terminal: the console's copy; NULL: none */
};

/* NULL-terminated; NULL after say_error(). */
const char **qemu_command(struct arena *a, const struct qemu *q);
/* "[NAME=]HOST:GUEST"; 0 or -EINVAL. */
int forward_parse(struct arena *a, const char *text, struct forward *ret);
/* A port that nobody listens on, for host 0; 0 or -errno. */
int forward_choose(struct forward *f);
/* Whether a virtual machine can really be made: /dev/kvm may be there and not work. */
bool qemu_has_kvm(const char *machine);
