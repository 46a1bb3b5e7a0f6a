/*
 * Is this slot one to run?  The one question, asked the same way by the machine, by an update and
 * by nanny(1): signature first, then the manifest, then what the asker holds to be right.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "manifest.h"
#include "minisign.h"

struct footer_expect {
	struct minisign_key key;
	const char *board;  /* NULL: any */
	uint64_t security;  /* at least */
	uint64_t partition; /* bytes of the slot's partition, or of the file */
};

/* 0 with *ret; else -errno, and in `why` the one line of the refusal, without the slot's name. */
int footer_check(const uint8_t footer[SLOT_FOOTER], const struct footer_expect *e,
	struct manifest *ret, char *why, size_t why_size);
