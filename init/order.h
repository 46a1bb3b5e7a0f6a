/*
 * Who waits for whom: the words of after:, looked at again in every turn.  Reads the pool, changes
 * nothing.
 */
#pragma once

#include "ctr.h"

/* The first of its conditions that does not hold; NULL when it may start. */
const struct scan_after *order_unmet(const struct ctr_pool *p, const struct ctr *c);
/* Does d wait for c, by any of its words? */
bool order_depends(const struct ctr_pool *p, const struct ctr *d, const struct ctr *c);
/* Something that comes after it has not come to rest: in the end it stops later. */
bool order_needed(const struct ctr_pool *p, const struct ctr *c);
/* The longest chain of waiting, in containers; at least 1. */
size_t order_levels(const struct ctr_pool *p);
/* Somebody waits for this kind of thing: only then it is looked for. */
bool order_waits_for(const struct ctr_pool *p, enum after_kind kind);
/* "net", "/dev/sda", "mqtt:ready" */
const char *order_text(const struct ctr_pool *p, const struct ctr *c, const struct scan_after *a,
	char *buf, size_t size);
