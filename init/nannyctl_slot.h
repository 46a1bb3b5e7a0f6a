/* What nannyctl does with the slots of the disk. */
#pragma once

#include "nannyctl_ask.h"

/* `try`: the other slot on trial, then asks PID 1 for a reboot. */
int nannyctl_try(const struct options *o, const char *name);
