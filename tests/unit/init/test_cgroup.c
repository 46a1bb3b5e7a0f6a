/* Control groups of v1: who is in one, and killing them by number.  sys.h is played here: files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../../init/cgroup.h"
#include "../../../init/sys.h"

#define V1 "/sys/fs/cgroup/"

enum {
	FILES = 16,
	FIRST_FD = 100,
	PIDFD = 1000, /* + the process's number */
	PROCESSES = 2000,
};

static struct {
	char path[128];
	char text[8192];
	size_t at;
} files[FILES];
static int opened;
static bool killed[PROCESSES];
static char story[512];      /* "freeze 10 20 thaw" */
static const char *stranger; /* the group of process 20 */

static void put_file(const char *path, const char *text)
{
	for (size_t i = 0; i < FILES; i++) {
		if (files[i].path[0] && strcmp(files[i].path, path) != 0)
			continue;
		snprintf(files[i].path, sizeof(files[i].path), "%s", path);
		snprintf(files[i].text, sizeof(files[i].text), "%s", text);
		return;
	}
	fail();
}

static void tell(const char *word)
{
	size_t len = strlen(story);

	snprintf(story + len, sizeof(story) - len, "%s%s", len ? " " : "", word);
}

static int find(const char *path)
{
	for (int i = 0; i < FILES; i++) {
		if (files[i].path[0] && strcmp(files[i].path, path) == 0)
			return i;
	}
	return -1;
}

bool sys_exists(const char *path)
{
	return find(path) >= 0;
}

int sys_open(const char *path, int flags)
{
	int i = find(path), pid;
	char text[128];

	(void)flags;
	if (i < 0 && sscanf(path, "/proc/%d/cgroup", &pid) == 1) {
		snprintf(text, sizeof(text), "5:freezer:/web\n1:name=systemd:%s\n",
			pid == 20 && stranger ? stranger : "/web");
		/* One place for all of them. */
		files[FILES - 1].path[0] = '\0';
		snprintf(files[FILES - 1].text, sizeof(files[FILES - 1].text), "%s", text);
		i = FILES - 1;
	}
	if (i < 0)
		return -ENOENT;
	files[i].at = 0;
	opened++;
	return FIRST_FD + i;
}

void sys_close(int *fd)
{
	if (*fd >= 0)
		opened--;
	*fd = -1;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	size_t left = strlen(files[fd - FIRST_FD].text + files[fd - FIRST_FD].at);
	size_t n = left < size ? left : size;

	memcpy(buf, files[fd - FIRST_FD].text + files[fd - FIRST_FD].at, n);
	files[fd - FIRST_FD].at += n;
	return (ssize_t)n;
}

ssize_t sys_pread(int fd, void *buf, size_t size, off_t at)
{
	files[fd - FIRST_FD].at = (size_t)at;
	return sys_read(fd, buf, size);
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	const char *path = files[fd - FIRST_FD].path;

	if (strcmp(path, V1 "freezer/web/freezer.state") == 0)
		tell(strncmp(buf, "FROZEN", size) == 0 ? "freeze" : "thaw");
	return (ssize_t)size;
}

int sys_mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

int sys_rmdir(const char *path)
{
	(void)path;
	return 0;
}

int sys_pidfd_open(pid_t pid)
{
	opened++;
	return PIDFD + pid;
}

int sys_pidfd_kill(int pidfd, int signal)
{
	char number[16];

	assert_int_equal(signal, SIGKILL);
	if (killed[pidfd - PIDFD])
		return -ESRCH;
	killed[pidfd - PIDFD] = true;
	snprintf(number, sizeof(number), "%d", pidfd - PIDFD);
	tell(number);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memset(files, 0, sizeof(files));
	memset(killed, 0, sizeof(killed));
	story[0] = '\0';
	stranger = NULL;
	opened = 0;
	put_file(V1 "systemd/cgroup.procs", "1\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(opened, 0);
	return 0;
}

static void which_of_the_two_it_is(void **state)
{
	(void)state;
	assert_true(cgroup_is_v1());
	assert_string_equal(cgroup_folder(), "/sys/fs/cgroup/systemd");
	put_file("/sys/fs/cgroup/cgroup.procs", "1\n");
	assert_false(cgroup_is_v1());
	assert_string_equal(cgroup_folder(), "/sys/fs/cgroup");
}

static void a_group_is_empty_without_a_process(void **state)
{
	(void)state;
	assert_true(cgroup_empty("web"));
	put_file(V1 "systemd/web/cgroup.procs", "");
	assert_true(cgroup_empty("web"));
	put_file(V1 "systemd/web/cgroup.procs", "10\n");
	assert_false(cgroup_empty("web"));
	assert_false(cgroup_empty("/web"));
	/* There is nothing to watch. */
	assert_true(cgroup_watch("web") < 0);
}

static void they_are_frozen_while_they_are_killed(void **state)
{
	(void)state;
	put_file(V1 "systemd/web/cgroup.procs", "10\n20\n30\n");
	put_file(V1 "freezer/web/freezer.state", "");
	cgroup_kill("web");
	assert_string_equal(story, "freeze 10 20 30 thaw");
}

static void a_number_that_is_anothers_by_now_is_left_alone(void **state)
{
	(void)state;
	stranger = "/other";
	put_file(V1 "systemd/web/cgroup.procs", "1\n10\n20\n30\n");
	cgroup_kill("/web");
	assert_string_equal(story, "10 30");
	/* Nor is one whose group only begins with the name. */
	stranger = "/web2";
	killed[20] = false;
	assert_false(cgroup_holds("web", 20));
	assert_true(cgroup_holds("web", 10));
}

/* Longer than what is read at once: the numbers at its ends must not be cut. */
static void a_long_list_is_read_to_its_end(void **state)
{
	char list[8192] = "";
	size_t len = 0;

	(void)state;
	for (int i = 2; i < 1500; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%d\n", i);
	put_file(V1 "systemd/web/cgroup.procs", list);
	cgroup_kill("web");
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(killed[i], i >= 2 && i < 1500);
}

static void out_of_memory_is_the_kernels_word(void **state)
{
	(void)state;
	assert_false(cgroup_out_of_memory("web"));
	put_file(V1 "memory/web/memory.oom_control",
		"oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
	assert_false(cgroup_out_of_memory("web"));
	put_file(V1 "memory/web/memory.oom_control",
		"oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	assert_true(cgroup_out_of_memory("web"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(which_of_the_two_it_is),
		T(a_group_is_empty_without_a_process),
		T(they_are_frozen_while_they_are_killed),
		T(a_number_that_is_anothers_by_now_is_left_alone),
		T(a_long_list_is_read_to_its_end),
		T(out_of_memory_is_the_kernels_word),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
