/*
 * What state the data partition is in: one sector, its first, which ext4 leaves alone.  A sector is
 * written whole or not at all, so this is what a power cut leaves: the state before, or the one
 * after.  Pure.
 *
 *   new      zeros, as an image brings and mke2fs leaves them: there is nothing yet, make it
 *   ready    a file system was made, completely; from here on it is checked and repaired
 *   reset    everything on it is to go (nannyctl factory-reset); as new, but said
 *   unknown  anything else: damage, so nothing is given up before it has been looked at
 */
#pragma once

#include <stdint.h>

enum data_state {
	DATA_NEW,
	DATA_READY,
	DATA_RESET,
	DATA_UNKNOWN,
	DATA_STATE_N
};

enum {
	DATA_RECORD = 512,
};

enum data_state data_record_read(const uint8_t sector[DATA_RECORD]);
/* s: not DATA_UNKNOWN. */
void data_record_write(enum data_state s, uint8_t ret[DATA_RECORD]);
