/*
 * The least an init can do to get the same containers up: the same mounts and modules, then for
 * each container the same calls of the runtime, back to back.  No supervision, no logs, no control:
 * the floor that PID 1's boot time is compared with.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static int run(const char *verb, const char *a, const char *b, const char *c, const char *d,
	const char *id)
{
	const char *argv[] = {"/usr/bin/runc", "--root", "/run/runc", verb, a, b, c, d, id, NULL};
	const char *packed[10];
	size_t n = 0;
	pid_t pid;
	int status;

	for (size_t i = 0; i < 9; i++) {
		if (argv[i])
			packed[n++] = argv[i];
	}
	packed[n] = NULL;
	if (posix_spawn(&pid, packed[0], NULL, NULL, (char *const *)packed, env) != 0)
		return -1;
	while (waitpid(pid, &status, 0) != pid)
		continue;
	return status;
}

static void load_modules(void)
{
	FILE *f = fopen("/etc/nanny/modules", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		int fd;

		line[strcspn(line, " \n")] = '\0';
		fd = open(line, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			(void)syscall(SYS_finit_module, fd, "", 0);
			(void)close(fd);
		}
	}
	if (f)
		(void)fclose(f);
}

static void make_system(void)
{
	(void)mkdir("/mnt", 0755);
	if (mount("/", "/mnt", NULL, MS_BIND, NULL) == 0 && chdir("/mnt") == 0 &&
		mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0)
		(void)chdir("/");
	(void)mount("proc", "/proc", "proc", 0, NULL);
	(void)mount("tmpfs", "/run", "tmpfs", 0, NULL);
	(void)mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	(void)mount("tmpfs", "/var", "tmpfs", 0, NULL);
	(void)mount("dev", "/dev", "devtmpfs", 0, NULL);
	(void)mkdir("/dev/pts", 0755);
	(void)mount("devpts", "/dev/pts", "devpts", 0, NULL);
	(void)mount("sysfs", "/sys", "sysfs", 0, NULL);
	(void)mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	(void)mkdir("/run/pid", 0755);
	load_modules();
}

/* The mounts of a writable layer, as runtime.json has them. */
static void prepare(const char *bundle)
{
	char tmp[600], upper[700], work[700], root[600], data[2200];

	snprintf(tmp, sizeof(tmp), "%s/tmp", bundle);
	snprintf(root, sizeof(root), "%s/rootfs", bundle);
	snprintf(upper, sizeof(upper), "%s/upper", tmp);
	snprintf(work, sizeof(work), "%s/work", tmp);
	(void)mount("tmpfs", tmp, "tmpfs", 0, "size=64m");
	(void)mkdir(upper, 0755);
	(void)mkdir(work, 0755);
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s", getenv("LOWER"), upper,
		work);
	(void)mount("overlay", root, "overlay", 0, data);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void start_all(const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, visible, alphasort);

	for (int i = 0; i < n; i++) {
		char bundle[512], pid_file[512];

		snprintf(bundle, sizeof(bundle), "%s/%s", folder, names[i]->d_name);
		snprintf(pid_file, sizeof(pid_file), "/run/pid/%s", names[i]->d_name);
		prepare(bundle);
		if (run("create", "--bundle", bundle, "--pid-file", pid_file, names[i]->d_name) !=
			0)
			printf("floor: create of %s failed\n", names[i]->d_name);
		(void)run("start", NULL, NULL, NULL, NULL, names[i]->d_name);
	}
}

int main(void)
{
	struct timespec ts = {0};
	int fd;

	/* The kernel asks for modules under the name of /sbin/modprobe, which is init, too. */
	if (getpid() != 1)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	make_system();
	fd = open("/dev/console", O_RDWR);
	for (int i = 0; fd >= 0 && i < 3; i++)
		(void)dup2(fd, i);
	printf("floor began %lld.%06ld\n", (long long)ts.tv_sec, ts.tv_nsec / 1000);
	(void)fflush(stdout);
	/* The image has one base for all: the assembler shares the files of one image. */
	(void)setenv("LOWER", "/containers/services/s00/lower", 1);
	start_all("/containers/services");
	(void)sleep(2);
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}
