/*
 * If PID 1 itself faults: one line to the kernel's log (which pstore keeps where the board has it),
 * then a reboot.  A machine nobody can reach must never stand still with a dead init.
 */
#pragma once

void crash_arm(void);
