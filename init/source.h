/*
 * What an event of the loop's epoll set belongs to: a kind and an index into its table, never a
 * pointer, so that nothing can vanish under an event that is still to be handled.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum source {
	SOURCE_SIGNAL,
	SOURCE_SCAN,    /* the scan helper's pipe */
	SOURCE_CONSOLE, /* writable again */
	SOURCE_OUT,     /* container i's stdout */
	SOURCE_ERR,
	SOURCE_NOTIFY, /* container i's socket of `ready: notify` */
	SOURCE_FIFO,
	SOURCE_CGROUP,       /* container i's cgroup.events */
	SOURCE_FACTS,        /* netlink */
	SOURCE_UEVENT,       /* the kernel speaks of devices */
	SOURCE_LISTEN,       /* control socket */
	SOURCE_CLIENT,       /* control client i */
	SOURCE_MEMLOG_QUERY, /* memlogd's sockets (memlog.h) */
	SOURCE_MEMLOG_TAKE,
	SOURCE_MEMLOG_CLIENT, /* client i */
	SOURCE_MEMLOG_SOURCE, /* source i's output */
};

/*
 * Takes what has just been opened into the set, as the one fd of this source, for reading; closes
 * it when that fails.  fd may be the -errno of the opening.  *ret_fd: the fd or -1.  0 or -errno.
 */
int source_watch(int epfd, int fd, enum source s, int *ret_fd);

static inline uint64_t source_pack(enum source s, size_t i)
{
	return (uint64_t)s << 32 | (uint32_t)i;
}

static inline enum source source_kind(uint64_t data)
{
	return (enum source)(data >> 32);
}

static inline size_t source_index(uint64_t data)
{
	return (uint32_t)data;
}
