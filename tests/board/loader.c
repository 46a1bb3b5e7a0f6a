/*
 * As a kernel that has squashfs built in: loads /modules in the order of their names, mounts
 * /dev/vda and executes its /sbin/init as process 1.  Nothing else is done for it: no /dev, no
 * /proc.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	TRIES = 300,
	PAUSE_US = 100000,
};

static int load_modules(void)
{
	struct dirent **names = NULL;
	int n = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY);
		if (syscall(SYS_finit_module, fd, "", 0) < 0)
			perror(path);
		close(fd);
	}
	return n;
}

static int mount_root(void)
{
	for (int i = 0; i < TRIES; i++) {
		if (mount("/dev/vda", "/root", "squashfs", MS_RDONLY, NULL) == 0)
			return 0;
		usleep(PAUSE_US);
	}
	return -1;
}

int main(void)
{
	char *const argv[] = {"/sbin/init", NULL};

	mkdir("/dev", 0755);
	mkdir("/root", 0755);
	if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) < 0 || load_modules() <= 0 ||
		mount_root() < 0)
		return 1;
	if (umount2("/dev", MNT_DETACH) < 0 || chdir("/root") < 0 ||
		mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return 2;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	execv(argv[0], argv);
	return 3;
}
