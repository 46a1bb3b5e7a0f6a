#include "temp.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	MOST = 64, /* at once; more than a build with every format has */
};

/* A handler reads it at any moment: a pointer is there or not. */
static const char *volatile temps[MOST];

void temp_add(const char *path)
{
	for (size_t i = 0; i < MOST; i++)
		if (!temps[i]) {
			temps[i] = path;
			return;
		}
}

void temp_drop(const char *path)
{
	for (size_t i = 0; i < MOST; i++)
		if (temps[i] && strcmp(temps[i], path) == 0)
			temps[i] = NULL;
}

/* Nothing but system calls.  Folders after the files in them. */
static void clear_up(int sig)
{
	for (size_t i = 0; i < MOST; i++)
		if (temps[i])
			(void)unlink(temps[i]);
	for (size_t i = 0; i < MOST; i++)
		if (temps[i])
			(void)rmdir(temps[i]);
	/* SA_RESETHAND: now it does what it would have done. */
	(void)raise(sig);
}

void temp_catch(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
	const struct sigaction act = {.sa_handler = clear_up, .sa_flags = SA_RESETHAND};
	struct sigaction before;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(ends[i], &act, NULL);
}
