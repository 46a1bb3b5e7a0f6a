/*
 * Which slot is started (slot(5), "The record"): two copies of one sector in front of the first
 * partition, read by boot loaders and written by init and nanny.  Pure.
 *
 * A sector has U-Boot's form of an environment: a CRC-32, then NAME=VALUE, each ended by NUL.  The
 * copies are written one after the other and read in the same order, so that a power cut in the
 * midst of it leaves a good one: the old or the new.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SLOT_RECORD = 512,
	SLOT_RECORD_COPIES = 2,
	SLOT_RECORD_AT = 2046 * 512, /* bytes from the disk's begin; the second copy is behind it */
	SLOT_TRIES_MAX = 9,
};

struct slot_record {
	char boot;    /* 'a' or 'b': started, unless … */
	char trial;   /* … this one is, `left` times more; NUL: none */
	uint8_t left; /* 0 to SLOT_TRIES_MAX */
	bool good[2]; /* of 'a' and 'b': has run well, or came with the disk */
	uint8_t bad;  /* boots of the chosen one in a row that the ladder has ended; 0 to 9 */
};

void slot_record_write(const struct slot_record *r, uint8_t sector[SLOT_RECORD]);
/* 0 or -EBADMSG. */
int slot_record_read(const uint8_t sector[SLOT_RECORD], struct slot_record *ret);
/* Of a new disk. */
struct slot_record slot_record_new(bool has_b);
