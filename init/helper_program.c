/*
 * nanny-program PATH GROUP: becomes a program of /etc/init.d, in a control group of its own, so
 * that one that hangs can be ended with all it has started.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "helper.h"

enum {
	CANNOT_RUN = 127, /* as shells say it */
};

/* Without one of its own it stays in init's, and runs all the same. */
static void join_group(const char *group)
{
	char path[512];
	int fd;

	for (const char *slash = strchr(group, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%s/%.*s", cgroup_folder(), (int)(slash - group),
			group);
		(void)mkdir(path, 0755);
	}
	snprintf(path, sizeof(path), "%s/%s", cgroup_folder(), group);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/cgroup.procs", cgroup_folder(), group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fprintf(stderr, "program: cannot join the group %s: %s\n", group, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

int helper_program(int argc, char **argv)
{
	if (argc != 3)
		return 1;
	join_group(argv[2]);
	execl(argv[1], argv[1], (char *)NULL);
	/* ENOENT of a script that is there is its interpreter's. */
	fprintf(stderr, "%s: cannot run: %s%s\n", argv[1], strerror(errno),
		errno == ENOENT && access(argv[1], F_OK) == 0
			? "; the image has not the interpreter of its first line"
			: "");
	return CANNOT_RUN;
}
