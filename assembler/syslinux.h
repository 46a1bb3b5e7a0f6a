/* What makes a BIOS start a FAT partition: Debian's syslinux, and its program in the first sector.
 */
#pragma once

#include "product.h"

/* Into the FAT that begins at that byte of the file.  0, or -1 after say_error(). */
int syslinux_install(struct product *p, const char *path, off_t start);
/* In front of the partition table: it starts the active partition. */
int syslinux_write_mbr(struct product *p, const char *path, int fd);
