/*
 * Files and folders that are there for a while.  When a signal ends the tool, they go first: an
 * interrupted build leaves nothing beside its outputs.
 */
#pragma once

/* For main(): signals that end the tool clear up; those that are ignored stay ignored. */
void temp_catch(void);

/* The string stays the caller's, and as it is, until temp_drop(). */
void temp_add(const char *path);
void temp_drop(const char *path);
