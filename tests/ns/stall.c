/*
 * stall: a terminal that nobody reads and that is stopped (XOFF); prints its name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name =
		master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ? NULL : ptsname(master);
	int slave = name ? open(name, O_RDWR | O_NOCTTY) : -1;

	if (slave < 0 || tcflow(slave, TCOOFF) < 0)
		return 1;
	printf("%s\n", name);
	fflush(stdout);
	for (;;)
		pause();
}
