/*
 * Control groups of containers.  The runtime makes and removes them; PID 1 only kills what is
 * inside and learns when it is empty.  Where there are none every group looks empty.
 *
 * They are those of cgroup v2, or of v1 where the command line has CGROUP_V1_WORD.  With v1 a group
 * has a folder in each controller's hierarchy, its processes are those of the hierarchy "systemd",
 * which has no controller, and less can be promised: nothing tells that a group has become empty
 * (it is looked at again), and what is in groups that a container made below its own is left to the
 * runtime.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CGROUP_ROOT    "/sys/fs/cgroup"
#define CGROUP_V1_WORD "linuxkit.unified_cgroup_hierarchy=0"
#define CGROUP_V1_NAME "systemd" /* of the hierarchy without controllers */
/* PID 1's own: no runtime takes '@' in an id, so that no container can have it. */
#define CGROUP_SELF "@init"
/* The programs of /etc/init.d, each in one below it. */
#define CGROUP_PROGRAMS "@init.d"

bool cgroup_is_v1(void);
/* Below it are the groups' cgroup.procs. */
const char *cgroup_folder(void);

/* SIGKILL to everything in the group and below it (cgroup.kill, kernel 5.14); with v1 in the group
 * alone. */
void cgroup_kill(const char *group);
bool cgroup_empty(const char *group);
/*
 * Whether the group is gone now; one with groups below it is not.  A runtime that was killed leaves
 * its group behind.  Into one that was killed once, a process can no longer be made: since Linux
 * 6.14 (kill_seq) clone3() with CLONE_INTO_CGROUP, as crun calls it, kills the child at its birth.
 */
bool cgroup_remove(const char *group);
/* The kernel has killed a process of it for want of memory (memory.events). */
bool cgroup_out_of_memory(const char *group);
/* Whether the process is in the group, though it may have ended.  True where nothing can tell. */
bool cgroup_holds(const char *group, pid_t pid);
/* An fd that reports EPOLLPRI when the group becomes empty or not; -errno, with v1 always. */
int cgroup_watch(const char *group);

/*
 * At boot: PID 1 and its helpers into a leaf of their own, all controllers on for the others.  With
 * v1 there is nothing to do: whoever is in a group may hand controllers on.
 */
int cgroup_setup(void);
