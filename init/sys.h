/*
 * The seam: every call of PID 1 that reads or changes the world, and nothing else.  Results are
 * >= 0 or a negative errno; every fd is born close-on-exec.  Tests link tests/fake/sys_fake.c in
 * its place, so the whole supervisor runs in virtual time and any call can be made to fail.
 *
 * A call is here when the loop makes it.  The helper programs (helper.h) are children that may
 * block and fail as they like; they use libc.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct epoll_event;

/* Time: CLOCK_MONOTONIC, in milliseconds.  Nothing in PID 1 waits by the wall clock. */
int64_t sys_now_ms(void);
int64_t sys_now_us(void); /* the same clock, for measuring */
int64_t sys_realtime_s(void);
int64_t sys_realtime_ms(void); /* only to print a time to somebody who asks */
int sys_set_realtime_s(int64_t s);
void sys_sleep_ms(int ms); /* only before the loop, and in helpers */
/* Never blocks: before the kernel has entropy it gives the clock's low bits instead. */
uint32_t sys_random(void);

int sys_open(const char *path, int flags);
int sys_open_mode(const char *path, int flags, mode_t mode);
void sys_close(int *fd); /* leaves -1 behind */
/* Bytes that the driver of a terminal has yet to send (tty_ioctl(4), TIOCOUTQ); 0 for other files.
 */
int sys_unsent(int fd);
ssize_t sys_read(int fd, void *buf, size_t size);
ssize_t sys_pread(int fd, void *buf, size_t size, off_t at);
ssize_t sys_write(int fd, const void *buf, size_t size);
int sys_dup_to(int from, int to); /* to is 0, 1 or 2: not close-on-exec */
/*
 * Only the read end is non-blocking.  Any user may reopen the write end through /proc/self/fd
 * (services are not all root).
 */
int sys_log_pipe(int *ret_read, int *ret_write);
int sys_pipe(int *ret_read, int *ret_write); /* only the read end is non-blocking */
/* Anonymous memory, zeroed, no page of it taken before it is touched. */
void *sys_map(size_t size);
/*
 * RAM that the kernel leaves alone, by its physical address, past all caches: a reset finds there
 * what was written last.  Some machines allow only aligned accesses (kept_load, kept_store).  NULL
 * when it cannot be had.
 */
void *sys_map_physical(uint64_t address, size_t size);
void sys_unmap(void *at, size_t size);

int sys_mkdir(const char *path, mode_t mode); /* 0 when it is there */
int sys_unlink(const char *path);
int sys_rmdir(const char *path);
/*
 * Pages of this program's code that only the start has needed are no longer counted as its own;
 * what runs comes back as it runs.  Only where the program is in RAM: from a disk it might not.
 */
void sys_trim_code(void);
int sys_symlink(const char *target, const char *path);
int sys_mknod(const char *path, mode_t mode, unsigned major, unsigned minor);
bool sys_exists(const char *path);
bool sys_in_ram(const char *path);   /* on tmpfs or ramfs */
bool sys_is_mount(const char *path); /* something is mounted there */
int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data);
int sys_setxattr(
	const char *path, const char *name, const void *value, size_t size); /* no symlink */
int sys_chdir(const char *path);
int sys_chroot(const char *path);

int sys_sethostname(const char *name);
/* -20, first at the processor, to 19. */
int sys_set_nice(int nice);
int sys_setrlimit(int resource, rlim_t soft, rlim_t hard);
int sys_load_module(const char *path, const char *params);
unsigned sys_cpus(void);
/* The hardware is ours: this is not process 1 of a namespace on somebody else's machine. */
bool sys_owns_machine(void);

int sys_epoll(void);
int sys_epoll_ctl(int epfd, int op, int fd, uint32_t events, uint64_t data);
int sys_epoll_wait(int epfd, struct epoll_event *ev, int max, int timeout_ms);
/* Blocks all signals and gives an fd that reports them. */
int sys_signal_fd(void);
int sys_signal_read(int fd); /* the next signal's number, -EAGAIN when there is none */

struct spawn {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	int fd[3]; /* become 0, 1, 2 */
};
enum {
	SPAWN_CANNOT = 127, /* the exit status of a child whose program cannot be run */
};

/*
 * The child has a session of its own, an empty signal mask, default dispositions, cwd "/" and no
 * other fd.  Its pid; ret_pidfd is the caller's to close.
 */
int sys_spawn(const struct spawn *s, int *ret_pidfd);
/* Becomes that program, environment and all; comes back only with an error. */
int sys_exec(const char *path, char *const argv[]);
int sys_pidfd_open(pid_t pid);
int sys_pidfd_kill(int pidfd, int signal);
int sys_kill_all(int signal); /* every process but PID 1 */
/* The next dead child: its pid and wait status; 0 when there is none, -ECHILD when none is left. */
pid_t sys_reap(int *ret_status);

/*
 * A socket of the kernel's own messages (netlink(7)), non-blocking, with room for 1 MiB of them.
 * Reading gives a message's size; 0 for one that is too long, or from anybody but the kernel, which
 * is dropped; -ENOBUFS when some have been lost.
 */
int sys_netlink(int protocol, uint32_t groups);
ssize_t sys_netlink_read(int fd, void *buf, size_t size);
bool sys_clock_synchronised(void);

/* That any user may write to; non-blocking. */
int sys_fifo(const char *path);

int sys_listen(const char *path, mode_t mode);
int sys_accept(int fd, uid_t *ret_uid); /* non-blocking; the peer's uid by SO_PEERCRED */
int sys_listen_datagrams(const char *path, mode_t mode);
/*
 * The next datagram, and the pipe or socket that came with it; ret_fd: -1 when none came, or one
 * that could make a reader wait.  Whatever the sender does, sys_receive() of it does not wait.
 */
ssize_t sys_receive_fd(int fd, char *buf, size_t size, int *ret_fd);
ssize_t sys_receive(int fd, void *buf, size_t size);

/*
 * A watchdog's time, in seconds: asks for *seconds and gives what it became.  From the opening of
 * the device on it runs, and closing it without a 'V' before does not end that.
 */
int sys_watchdog_arm(int fd, unsigned *seconds);
int sys_watchdog_feed(int fd);
/* SIGALRM to PID 1 in so many milliseconds, if not called again before; 0: never. */
int sys_alarm(int64_t ms);

int sys_ctrl_alt_del(bool enabled); /* false: the keys send SIGINT to PID 1 */
int sys_reboot(int how);            /* a LINUX_REBOOT_CMD_* */
