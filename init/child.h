/*
 * A program that a helper runs and waits for, for no longer than a limit.  Helpers only.
 */
#pragma once

/*
 * Its output goes to the helper's stderr.  Every ten seconds a line says that it still runs:
 * "DOING, since 20 s".  The exit status, 128 + signal, -ETIMEDOUT when it was ended for taking too
 * long, or -errno.
 */
int child_run(const char *const argv[], const char *doing, int limit_s);
