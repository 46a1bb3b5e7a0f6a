/*
 * What nannyctl does with the data partition itself: PID 1 touches no disk.
 */
#pragma once

#include "nannyctl_ask.h"

/* What is to be known of it (data.h); "" when this machine has none. */
const char *nannyctl_data(char *ret, size_t size);
/* `factory-reset`: marks it, then asks PID 1 for a reboot. */
int nannyctl_factory_reset(const struct options *o, const char *name);
