/*
 * PID 1's loop.  A turn: wait → facts (signals and dead children first, then the rest) → decisions
 * → answers.  Nothing in it blocks: the order is written once, in loop.c.
 */
#pragma once

#include "machine.h"

/* -errno: without epoll and signals there is nothing to run on. */
int loop_open(struct machine *m);
void loop_turn(struct machine *m);
