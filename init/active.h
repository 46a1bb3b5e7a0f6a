/*
 * Which slot a BIOS starts: the program in the disk's first sector runs the active partition of the
 * MBR there, which in a hybrid table is the boot partition of a slot.  Choosing another is the
 * write of that one sector.  Helpers only.
 */
#pragma once

#include "../lib/table.h"
#include "slots.h"

/* The slot that was started; NUL: no disk with slots came up, or its table says nothing of it. */
char active_started_slot(int wait_ms);
bool active_is_here(int disk, const struct table *t);
/* 0 or -errno. */
int active_follow(int disk, const struct table *t, struct slots_wish wish);
