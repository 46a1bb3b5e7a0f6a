/*
 * The kernel of an image and the modules that go with it: from the board's Debian package (what was
 * taken out of it is cached), or from the image that the YAML names.
 */
#pragma once

#include "image.h"

/* The folder of boot with the board's device trees, named as in the package. */
#define KERNEL_DEVICE_TREES "dtb"

struct kernel {
	/* "kernel", "ucode" when there is one, the package's "copyright": not for the initrd */
	struct tree *boot;
	struct tree *modules; /* what goes to /lib/modules */
	struct tree *rest;    /* what else the image's archive of modules holds; NULL: nothing */
	const char *order;    /* what goes to /etc/nanny/modules */
	/* The same for a first stage (init/root.h): the board's storage and file systems of roots.
	 */
	struct tree *stage;
	const char *stage_order;
};

/* 0, or -1: the reason is in ctx->diag or was said.  kernel_free() in either case. */
int kernel_get(struct image_ctx *ctx, const struct config *c, struct kernel *ret);
void kernel_free(struct kernel *k);
