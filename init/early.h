/*
 * The first moments: what a kernel hands over becomes a system in which the runtime can start
 * containers.  Runs once, before the loop, in a fixed order; nothing here is fatal, since a machine
 * that half works can still be asked what is wrong.
 */
#pragma once

struct hardware;
struct watchdog;

/* fds 0-2 are open on something, whatever the kernel could or could not open.  The very first call.
 */
void early_fds(void);
/* A root that pivot_root(2) can leave, and LinuxKit's table of mounts. */
void early_mounts(void);
/*
 * Clock floor, modules, control groups, limits, names, loopback: needs the mounts and the log.  The
 * watchdog is armed on the way, as soon as it can be.
 */
void early_settings(struct watchdog *w, const struct hardware *h);
