/*
 * What PID 1 itself says: into a ring of its own ("nannyctl logs init") and onto the console.
 * Saves errno, needs no heap, works before log_open() (says nothing then).
 *
 * Shape of a message: "<noun> <name>: cannot <verb> <object>: <reason>".
 */
#pragma once

#include <stdarg.h>

#include "console.h"
#include "ring.h"

void log_open(struct ring *r, struct console *c);
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Appends ": reason" for err (a negative errno) and gives err back. */
int log_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
