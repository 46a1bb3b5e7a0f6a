/*
 * What a BIOS starts on a disk: syslinux.  Its installer holds the files that it installs, so it is
 * the pinned one that runs, whatever the host has.
 */
#pragma once

#include "fat.h"
#include "product.h"

#define SYSLINUX_PACKAGE "syslinux"

/*
 * Into an empty FAT file system (fat.h); ctx is the product.  Being the first there, ldlinux.sys,
 * which has the list of its own sectors in it, depends on the file system's size alone.
 */
fat_begin syslinux_install;
/* The program in the disk's first sector, which starts the active partition. */
int syslinux_write_mbr(struct product *p, const char *path, int fd);
