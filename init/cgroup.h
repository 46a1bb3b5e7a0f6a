/*
 * Control groups of containers (cgroup v2).  The runtime makes and removes them; PID 1 only kills
 * what is inside and learns when it is empty.  Where there is no cgroup v2 every group looks empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
/* PID 1's own: no runtime takes '@' in an id, so that no container can have it. */
#define CGROUP_SELF "@init"

/* SIGKILL to everything in the group and below it (cgroup.kill, kernel 5.14). */
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
/* An fd that reports EPOLLPRI when the group becomes empty or not; -errno. */
int cgroup_watch(const char *group);

/* At boot: PID 1 and its helpers into a leaf of their own, all controllers on for the others. */
int cgroup_setup(void);
