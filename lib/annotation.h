/*
 * The annotations of config.json that are ours: what LinuxKit has no field for.  The assembler
 * writes and checks them, PID 1's scan helper reads them; both through this table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ANNOTATION_STOP_SIGNAL  "org.nanny.stop-signal"  /* "TERM", "INT" …; default TERM */
#define ANNOTATION_STOP_TIMEOUT "org.nanny.stop-timeout" /* from the stop signal to KILL; 10s */
#define ANNOTATION_TIMEOUT      "org.nanny.timeout"      /* of a one-shot's run; 5m, 0 is none */
#define ANNOTATION_TMPFS_SIZE   "org.nanny.tmpfs-size"   /* of the writable layer; 64m */

/* "500ms", "10s", "5m", "2h", or "0"; false for anything else or more than 24 days. */
bool annotation_duration(const char *text, uint32_t *ret_ms);
/* "TERM" or "SIGTERM"; false for a name that is none. */
bool annotation_signal(const char *text, int *ret_signal);
/* Bytes with an optional k, m or g, or a percentage of RAM, as tmpfs(5) takes in size=. */
bool annotation_size(const char *text);
