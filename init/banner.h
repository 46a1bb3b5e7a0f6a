/*
 * The greeting: /etc/issue on every console of the kernel's command line, as LinuxKit's 000-issue
 * prints it.  Helpers only.
 */
#pragma once

/*
 * A child of its own writes it, as a serial line with flow control may take it never: after ten
 * seconds that is given up.
 */
void banner_print(void);
