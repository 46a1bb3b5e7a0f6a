/*
 * nannyctl(8): asks PID 1 over the control socket.  The same binary under another name.
 *
 * Exit status: 0 done; 1 it did not work, or PID 1 cannot be reached; 2 wrong usage or no such
 * container; 3 (status only) some container has failed.
 */
#pragma once

int nannyctl_main(int argc, char **argv);
