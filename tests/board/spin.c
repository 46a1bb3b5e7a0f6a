/*
 * spin: makes process 1 go round in one place for ever, as a fault in its loop would: the
 * instruction it is at becomes a jump to itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static int failed(const char *what)
{
	fprintf(stderr, "spin: cannot %s: %s\n", what, strerror(errno));
	return 1;
}

int main(void)
{
	static const unsigned char jump[] = {0xeb, 0xfe};
	struct user_regs_struct regs;
	int status;
	long word;

	if (ptrace(PTRACE_ATTACH, 1, NULL, NULL) < 0 || waitpid(1, &status, __WALL) < 0)
		return failed("stop process 1");
	if (ptrace(PTRACE_GETREGS, 1, NULL, &regs) < 0)
		return failed("read its registers");
	word = ptrace(PTRACE_PEEKTEXT, 1, (void *)regs.rip, NULL);
	memcpy(&word, jump, sizeof(jump));
	if (ptrace(PTRACE_POKETEXT, 1, (void *)regs.rip, (void *)word) < 0)
		return failed("write its code");
	if (ptrace(PTRACE_DETACH, 1, NULL, NULL) < 0)
		return failed("let it go");
	return 0;
}
