/*
 * The effects of the table's actions on one container.  Each may raise further facts (c->pending);
 * none changes its state.
 */
#pragma once

#include "ctr.h"

void ctr_act(struct ctr_pool *p, struct ctr *c, enum ctr_act act);
