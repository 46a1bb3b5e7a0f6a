/*
 * The programs of /etc/init.d and /etc/shutdown.d, as LinuxKit's rc.init runs them: in the order of
 * the bytes of their names, one after another.  Helpers only.
 *
 * LinuxKit has its own work among them, as links to /usr/bin/service: 005-volumes, 010-onboot,
 * 020-containerd, 010-onshutdown.  Here that is init's; such a link only says where it stands, and
 * where there is none the place is the one of that name.
 */
#pragma once

#include <stddef.h>

#include "scan.h"

/* Where they run. */
enum programs_place {
	PROGRAMS_FIRST,    /* before the onboot containers */
	PROGRAMS_BETWEEN,  /* after them, before the services */
	PROGRAMS_LAST,     /* when the services have begun to start */
	PROGRAMS_END,      /* before the onshutdown containers */
	PROGRAMS_VERY_END, /* after them */
};

/* Their records, from recs[n] on, at most SCAN_MAX in all; the new n. */
size_t programs_read(
	const char *folder, enum programs_place place, struct scan_record *recs, size_t n);
