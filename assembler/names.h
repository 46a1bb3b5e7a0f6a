/* What a name stands for, found at once however many there are.  Lives in its arena. */
#pragma once

#include <stddef.h>

#include "arena.h"

struct names;

struct names *names_new(struct arena *a);
/* NULL when it is not there. */
const void *names_get(const struct names *n, const char *name);
/* The last value counts; neither name nor value is copied. */
void names_set(struct names *n, const char *name, const void *value);
