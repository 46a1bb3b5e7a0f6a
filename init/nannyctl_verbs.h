/* The verbs of nannyctl that have a file of their own; an exit status each. */
#pragma once

#include "nannyctl_ask.h"

/* `logs --previous`: what the last boot has left; name NULL: all of it. */
int nannyctl_previous(const struct options *o, const char *name);
/* `logs`: of one container, or of all (name NULL) by the socket of memlogd. */
int nannyctl_logs(const struct options *o, const char *name);
/* `events`: what has changed its state. */
int nannyctl_events(const struct options *o, const char *name);
/* `board`: what PID 1 knows of the machine, and what its sensors say. */
int nannyctl_board(const struct options *o, const char *name);
/* `boot`: the timeline as a table, JSON or a picture. */
int nannyctl_boot(const struct options *o, const char *name);
