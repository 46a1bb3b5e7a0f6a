/*
 * Which slot the firmware of a Raspberry Pi 4 or 5 starts: autoboot.txt on the first partition says
 * so (lib/autoboot.h), and choosing another is the write of its one sector.  Helpers only.
 */
#pragma once

#include "../lib/table.h"
#include "slots.h"

bool pi_boot_is_here(int disk, const struct table *t);
/* 0 or -errno; -EBADMSG: somebody has written an autoboot.txt of his own. */
int pi_boot_follow(int disk, const struct table *t, struct slots_wish wish);
