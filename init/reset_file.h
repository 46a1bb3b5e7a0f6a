/*
 * The file for a factory reset that the board names (board.yml(5), factory-reset): who has no
 * console puts it on the card's first partition with another computer.  That partition starts the
 * machine, so nothing is ever written to it and the file stays; what is remembered instead, beside
 * the data partition's state, is which file it was, by when it was put there.  Helpers only.
 */
#pragma once

#include <stdbool.h>

#include "../lib/data_record.h"
#include "partition.h"

/*
 * The mark of the file beside the data partition, "" when there is none.  False: the board names
 * none, or nobody can tell (said on stderr), and what was remembered stays.
 */
bool reset_file_look(const struct partition *data, char ret_mark[DATA_MARK]);
