/*
 * The first stage: an initrd that only finds the root, mounts it and goes there.  For kernels that
 * have disks and file systems as modules, with a root in squashfs or erofs.  Which initrd that is,
 * the build says with a file in it; in every other nothing of this happens, whatever root= says.
 */
#pragma once

#include "console.h"

#define ROOT_STAGE "/etc/nanny/root-stage"

/* What the kernel's command line says of the root. */
struct root_wish {
	char device[128]; /* "/dev/vda", "PARTLABEL=root"; "" when it is not named */
	char type[16];    /* of the file system; "" to try what images are made in */
	char flags[256];  /* mount options of that file system */
	int wait_s;       /* how long the disk may take to appear */
};

enum {
	ROOT_WAIT_S = 30,
	ROOT_WAIT_MAX_S = 3600,
};

/* Names that occur twice: the last one counts, as in the kernel. */
void root_parse(const char *cmdline, struct root_wish *ret);

bool root_is_elsewhere(void);
/* What is mounted there is "/" from now on, for this process and those it makes.  0 or -errno. */
int root_become(const char *folder);
/* /proc, /dev and /sys; the root takes them over. */
void root_mounts(void);
/*
 * Modules, disk, mount, and the root's own init instead of this program.  Comes back only when
 * there is no such root, after saying why: PID 1 is to end then, and the kernel does what panic=
 * says.
 */
void root_enter(struct console *c, char **argv);
