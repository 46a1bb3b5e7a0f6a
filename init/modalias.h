/*
 * Which module a device asks for, and what that needs: the text of modules.alias and modules.dep,
 * as depmod(8) writes them (modules.dep may list direct needs only).  Pure; nothing is copied.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at;
	size_t len;
};

/* The next line of modules.alias whose pattern fits; *at moves on.  ret: the module's name. */
bool modalias_next(const char **at, const char *modalias, struct span *ret);
/* The line of modules.dep of a module ("virtio-net" is "virtio_net"); needs: paths and spaces. */
bool moddep_find(const char *dep, struct span name, struct span *ret_path, struct span *ret_needs);
/* The next path of needs; false at the end. */
bool moddep_next(struct span *needs, struct span *ret_path);
/* "kernel/drivers/net/virtio_net.ko.xz": virtio_net. */
struct span modpath_name(struct span path);
