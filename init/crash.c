#include "crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "remember.h"

enum {
	FAULT_STACK = 32 * 1024, /* not in RAM before it is used */
};

static void put_number(char *digits, int n)
{
	digits[0] = (char)('0' + n / 10 % 10);
	digits[1] = (char)('0' + n % 10);
}

/*
 * Sent by a process, as one in the machine's pid namespace that may kill can do: nothing has
 * happened.  The kernel lets nobody else claim that it was the kernel or PID 1 itself.
 */
static bool is_forged(const siginfo_t *si)
{
	return si->si_code <= 0 && si->si_pid != getpid();
}

/* watchdog.c sets the alarm anew whenever it feeds: the loop has not turned since. */
static void on_stall(int sig, siginfo_t *si, void *ctx)
{
	static const char rest[] =
		"now=starves by=operator why=init's loop stands still; 3 probes missed\n";

	(void)sig;
	(void)ctx;
	if (!is_forged(si))
		remember_in_handler(rest, sizeof(rest) - 1);
}

/* Async-signal-safe calls only, on a stack of its own: the fault may be an overflow of the other.
 */
static void on_fault(int sig, siginfo_t *si, void *ctx)
{
	char line[] = "<0>nanny: PID 1 died of signal 00, rebooting\n";
	char rest[] = "now=fault by=operator why=signal 00\n";
	int fd;

	(void)ctx;
	if (is_forged(si))
		return;
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	put_number(strstr(line, "00"), sig);
	put_number(strstr(rest, "00"), sig);
	remember_in_handler(rest, sizeof(rest) - 1);
	if (fd >= 0)
		(void)!write(fd, line, sizeof(line) - 1);
	(void)reboot(RB_AUTOBOOT);
	_exit(128 + sig); /* not allowed to reboot: the kernel's panic= decides */
}

void crash_arm(void)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	static char stack[FAULT_STACK];
	struct sigaction stall = {.sa_sigaction = on_stall, .sa_flags = SA_RESTART | SA_SIGINFO};
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {
		.sa_sigaction = on_fault, .sa_flags = SA_ONSTACK | SA_RESTART | SA_SIGINFO};

	/* One at a time: their frames, of some processors 11 KiB, would fill the stack together. */
	(void)sigfillset(&sa.sa_mask);
	if (sigaltstack(&ss, NULL) < 0)
		sa.sa_flags &= ~SA_ONSTACK;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		(void)sigaction(faults[i], &sa, NULL);
	(void)sigaction(SIGALRM, &stall, NULL);
}
