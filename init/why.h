/*
 * Why is it so: the chain of causes that the tables already hold, as sentences for people.  One
 * JSON object a line, {"depth":0,"text":"mqtt waits for net, since 12 s"}; each is the cause of the
 * one above with a smaller depth.
 */
#pragma once

#include "../lib/text.h"
#include "machine.h"

void why_container(const struct machine *m, const struct ctr *c, struct text *t);
void why_machine(const struct machine *m, struct text *t);
