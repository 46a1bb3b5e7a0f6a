/* What containers print: into their rings, to the console, past whoever looks for a sign in it. */
#pragma once

#include "ctr.h"

void ctr_readable(struct ctr_pool *p, size_t i, bool is_err);
/* Takes all that is in the pipes now, up to a bound; the rest comes with the next turn of the loop.
 */
void ctr_drain(struct ctr_pool *p, size_t i);
