/*
 * The phases of a machine's life: scan → onboot → up → stop → onshutdown → unmount → off.  Requests
 * and the ends of helpers are facts; boot_settle() decides.
 */
#pragma once

#include "machine.h"

/* Starts the scan: from here on everything happens in the loop. */
void boot_begin(struct machine *m);

/* Facts. */
void boot_request(struct machine *m, enum off how, const char *who);
bool boot_reaped(struct machine *m, pid_t pid, int status);
/* The sealed root has a block that is not what was signed (uevent.h). */
void boot_damaged(struct machine *m, const char *block);
void boot_scan_readable(struct machine *m);

void boot_settle(struct machine *m);
