/*
 * The data partition: found, grown to the card's end, made when it is new, checked when it is not,
 * repaired, or made anew when nothing else helps; then mounted.  Part of the scan helper.
 *
 * What of the system is kept on it, the image says in DATA_PERSISTENT, a line each: "/var", or
 * "volume NAME"; a volume also by a folder `persistent` beside its `lower`.
 */
#pragma once

#include <stdbool.h>

#define DATA_MOUNT      "/run/nanny/data"
#define DATA_NOTE       "/run/nanny/data.state" /* one line: what there is to know of it */
#define DATA_DEVICE     "/run/nanny/data.device"
#define DATA_PERSISTENT "/etc/nanny/persistent"

/*
 * The name is the kernel's command line's (nanny.data=); without one there is no such partition.
 * Each step is told on stderr.  Whether it is mounted.
 */
bool data_mount(void);
/* Whether this volume is kept; its folder on the partition exists then. */
bool data_keeps_volume(const char *name, char *ret_folder, unsigned size);
/* Marks the partition for being wiped at the next start: on the disk when this returns 0. */
int data_request_reset(const char *device);
/* The time, for a clock that cannot keep it (data_mount() takes it up). */
void data_save_clock(void);
