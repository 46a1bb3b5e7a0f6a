/*
 * A file in the root folder of a FAT file system, found without mounting it and without a byte
 * written: a card's first partition holds what starts the machine.  After Microsoft's "FAT: General
 * Overview of On-Disk Format", 1.03.  Pure but for the reader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAT_NAME = 11,  /* "RESET   TXT" */
	FAT_ENTRY = 32, /* bytes of a folder's entry, as on the disk */
	FAT_SECTOR = 512,
};

/* `n` bytes from the byte `at`; 0, or -errno. */
typedef int fat_read(void *ctx, uint64_t at, void *buf, size_t n);

/* "reset.txt" as an entry has it; false when it is no name of up to 8 and 3 characters. */
bool fat_name(const char *name, char ret[FAT_NAME]);
/* The entry of a file.  1; 0: there is none; or -errno, -EINVAL where there is no FAT. */
int fat_find(fat_read *read, void *ctx, const char name[FAT_NAME], uint8_t ret[FAT_ENTRY]);
