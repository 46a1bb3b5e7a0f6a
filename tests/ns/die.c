/*
 * Ends at once, as a file says: die FILE, which holds "exit N", "signal N" or "eat": it stops until
 * it is continued, then takes memory until the kernel ends it.
 */
#include <signal.h>
#include <stdint.h>
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

/* libc keeps two signals to itself, the kernel does not: so by the kernel's calls. */
static _Noreturn void die_of(int number)
{
	const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} by_default = {0};
	const uint64_t all = ~UINT64_C(0);

	(void)syscall(SYS_rt_sigaction, number, &by_default, NULL, sizeof(all));
	(void)syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &all, NULL, sizeof(all));
	(void)syscall(SYS_kill, getpid(), number);
	_exit(98); /* no such end is expected */
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
