/*
 * What the last boot has left in RAM that survives a reset.  Helpers only: files are read, kept in
 * /run/nanny/previous for `nannyctl logs --previous`, and removed, so that the next boot finds its
 * own.
 */
#pragma once

#include "ledger.h"

#define PSTORE_PREVIOUS "/run/nanny/previous"
#define PSTORE_WRITE    "/dev/pmsg0"

struct ledger pstore_read(void);
