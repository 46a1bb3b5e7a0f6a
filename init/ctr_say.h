/*
 * How a container ended, in words: for its reason, the log, and those who ask later.
 */
#pragma once

#include "ctr.h"

/* By itself, with exit status 0. */
bool ctr_ended_well(const struct ctr *c);
/* Into its reason: how the last run ended, or why there was none. */
void ctr_say_end(struct ctr *c);
/* Into its reason: what a step that failed has complained of. */
void ctr_say_step(struct ctr *c, int status);
/* The last lines of a run that was not to end, for when later runs have overwritten them. */
void ctr_keep_last_words(struct ctr_pool *p, struct ctr *c);
