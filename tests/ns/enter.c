/*
 * enter FOLDER: makes FOLDER the root of this mount namespace and becomes its /init, as process 1
 * of the namespaces that unshare(1) has made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *what)
{
	fprintf(stderr, "enter: cannot %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	static char *const init_argv[] = {"/init", NULL}, *const env[] = {
								  "HOME=/", "TERM=linux", NULL};

	if (argc != 2 || chdir(argv[1]) < 0)
		return failed("go to the folder");
	/* The old root ends up mounted over the new one, and is taken off. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return failed("pivot_root");
	if (umount2(".", MNT_DETACH) < 0)
		return failed("leave the old root");
	if (chdir("/") < 0)
		return failed("go to /");
	execve("/init", init_argv, env);
	return failed("execute /init");
}
