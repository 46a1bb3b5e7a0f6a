/*
 * Which slot a BIOS starts: the program in the disk's first sector runs the active partition of the
 * MBR there, which in a hybrid table is the boot partition of a slot, "boot-a" or "boot-b".
 * Choosing another is the write of that one sector.  Helpers only.
 */
#pragma once

/* The slot that was started; NUL: no disk with slots came up, or its table says nothing of it. */
char active_started_slot(int wait_ms);
/* This open disk starts that slot from now on; 0, also when it does not go by an active partition.
 */
int active_follow(int disk, char slot);
