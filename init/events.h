/*
 * What has happened, for `nannyctl events`: one JSON object a change of state, in a ring of its
 * own.
 */
#pragma once

#include "ctr.h"

void events_state(struct ring *r, int64_t now_ms, const struct ctr *c, enum ctr_state from);
/* The machine's own: a phase, a request. */
void events_machine(struct ring *r, int64_t now_ms, const char *what, const char *why);
