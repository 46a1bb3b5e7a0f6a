/*
 * What each verb of the control protocol does and answers.  Answers are produced piece by piece
 * into the client's empty buffer, so a long one needs no more memory than a short one.
 */
#pragma once

#include "ctl.h"

void ctl_verb_begin(struct machine *m, struct ctl_client *c); /* c->in has the request's line */
void ctl_verb_go_on(struct machine *m, struct ctl_client *c); /* nothing, or more into c->out */
void ctl_verb_fail(struct ctl_client *c, const char *code, const char *message);
