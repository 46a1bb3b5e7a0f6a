#include "banner.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmdline.h"
#include "read_text.h"

enum {
	PATIENCE_S = 10,
	ISSUE_MAX = 4096,
};

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	size_t left = strlen(text);
	ssize_t n;

	while (fd >= 0 && left && (n = write(fd, text, left)) > 0) {
		text += n;
		left -= (size_t)n;
	}
	if (fd >= 0)
		(void)close(fd);
}

/* Each in its own process: one that takes nothing must not keep it from the others. */
static void greet(const char *path, const char *text)
{
	if (fork() != 0)
		return;
	(void)close(STDOUT_FILENO); /* the records' pipe, whose end must not be put off by this */
	(void)alarm(PATIENCE_S);
	write_to(path, text);
	_exit(0);
}

void banner_print(void)
{
	char line[CMDLINE_MAX], issue[ISSUE_MAX], tty[32], path[64];
	const char *at = cmdline_read(line);
	bool any = false;

	if (!*read_text("/etc/issue", issue, sizeof(issue)))
		snprintf(issue, sizeof(issue), "\nWelcome to nanny " VERSION "\n\n");
	while (cmdline_next(&at, "console=", tty, sizeof(tty))) {
		snprintf(path, sizeof(path), "/dev/%s", tty);
		if (strchr(tty, '/') || access(path, W_OK) < 0)
			continue;
		greet(path, issue);
		any = true;
	}
	if (!any)
		greet("/dev/console", issue);
}
