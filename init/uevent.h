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
};

/* False for what the kernel would not say. */
bool uevent_parse(const char *buf, size_t size, struct uevent *ret);
