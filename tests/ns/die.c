/*
 * Ends at once, as a file says: die FILE, which holds "exit N", "signal N" or "eat": it stops until
 * it is continued, then takes memory until the kernel ends it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Noreturn void eat(void)
{
	(void)raise(SIGSTOP);
	for (;;) {
		char *p = malloc(1 << 20);

		if (p)
			memset(p, 1, 1 << 20);
	}
}

static _Noreturn void die_of(int number)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};

	(void)sigaction(number, &dfl, NULL);
	/* libc keeps two signals to itself, the kernel does not. */
	(void)syscall(SYS_kill, getpid(), number);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;
	char how[16];
	int number = 0;

	if (!f || fscanf(f, "%15s %d", how, &number) < 1)
		return 99;
	if (strcmp(how, "eat") == 0)
		eat();
	if (strcmp(how, "signal") == 0)
		die_of(number);
	_exit(number);
}
