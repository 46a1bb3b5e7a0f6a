/*
 * A message of the kernel about a device (NETLINK_KOBJECT_UEVENT, lib/kobject_uevent.c): strings
 * that NUL ends, the first "ACTION@DEVPATH", then "KEY=VALUE".  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct uevent {
	bool added;
	bool asks; /* it has a MODALIAS: a driver may be had for it */
	/*
	 * dm-verity has read a block of the sealed root that is not what was signed: "0,17" for
	 * block 17 of the data, "1,17" of the tree (drivers/md/dm-verity-target.c); NULL: no such
	 * thing.
	 */
	const char *damage;
};

/* False for what the kernel would not say. */
bool uevent_parse(const char *buf, size_t size, struct uevent *ret);
