/*
 * What state the data partition is in: one sector, its first, which ext4 leaves alone.  A sector is
 * written whole or not at all, so this is what a power cut leaves: the state before, or the one
 * after.  Pure.
 *
 *   new      zeros, as an image brings and mke2fs leaves them: there is nothing yet, make it
 *   ready    a file system was made, completely; from here on it is checked and repaired
 *   reset    everything on it is to go (nannyctl factory-reset); as new, but said
 *   unknown  anything else: damage, so nothing is given up before it has been looked at
 *
 * Ready goes with a mark: the file that asked for a reset and has had it (init/reset_file.h).
 */
#pragma once

#include <stddef.h>
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
	DATA_MARK = 27, /* hexadecimal digits and a NUL */
};

/* ret_mark: "" in all other states, and where there is none. */
enum data_state data_record_read(const uint8_t sector[DATA_RECORD], char ret_mark[DATA_MARK]);
/* s: not DATA_UNKNOWN.  The mark, of DATA_READY alone: "" or DATA_MARK - 1 digits 0-9 a-f. */
void data_record_write(enum data_state s, const char *mark, uint8_t ret[DATA_RECORD]);
