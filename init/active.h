/*
 * Which slot a BIOS starts: the program in the disk's first sector runs the active partition of the
 * MBR there, which in a hybrid table is the boot partition of a slot, "boot-a" or "boot-b".
 * Choosing another is the write of that one sector.  Helpers only.
 */
#pragma once

/* The slot that was started; NUL: no disk with slots came up, or its table says nothing of it. */
char active_started_slot(int wait_ms);
/* The slot that this open disk starts; NUL when it does not go by an active partition. */
char active_slot(int disk);
/* From now on this one; 0 or -errno. */
int active_choose(int disk, char slot);
