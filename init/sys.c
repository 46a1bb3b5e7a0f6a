#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/watchdog.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define RET(call) ((call) < 0 ? -errno : 0)

static int value_or_errno(long r)
{
	return r < 0 ? -errno : (int)r;
}

int64_t sys_now_ms(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t sys_now_us(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void sys_sleep_ms(int ms)
{
	const struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&pause, NULL);
}

int sys_unsent(int fd)
{
	int n = 0;

	return ioctl(fd, TIOCOUTQ, &n) < 0 ? 0 : n;
}

int64_t sys_realtime_s(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

int64_t sys_realtime_ms(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int sys_set_realtime_s(int64_t s)
{
	struct timespec ts = {.tv_sec = (time_t)s};

	return RET(clock_settime(CLOCK_REALTIME, &ts));
}

uint32_t sys_random(void)
{
	struct timespec ts = {0};
	uint32_t v;

	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) == (ssize_t)sizeof(v))
		return v;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint32_t)ts.tv_nsec;
}

int sys_open(const char *path, int flags)
{
	return sys_open_mode(path, flags, 0);
}

int sys_open_mode(const char *path, int flags, mode_t mode)
{
	return value_or_errno(open(path, flags | O_CLOEXEC | O_NOCTTY, mode));
}

void sys_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	ssize_t n = read(fd, buf, size);

	return n < 0 ? -errno : n;
}

ssize_t sys_pread(int fd, void *buf, size_t size, off_t at)
{
	ssize_t n = pread(fd, buf, size, at);

	return n < 0 ? -errno : n;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	ssize_t n = write(fd, buf, size);

	return n < 0 ? -errno : n;
}

int sys_dup_to(int from, int to)
{
	if (from != to)
		return RET(dup2(from, to));
	/* The same number: only the close-on-exec flag has to go. */
	return RET(fcntl(to, F_SETFD, 0));
}

int sys_log_pipe(int *ret_read, int *ret_write)
{
	int r = sys_pipe(ret_read, ret_write);

	if (r < 0)
		return r;
	/*
	 * The write end stays blocking: O_NONBLOCK would be shared with the container, whose libc
	 * does not expect EAGAIN on stdout.
	 */
	if (fchmod(*ret_write, 0622) < 0) {
		r = -errno;
		sys_close(ret_read);
		sys_close(ret_write);
	}
	return r;
}

int sys_pipe(int *ret_read, int *ret_write)
{
	int fd[2];
	int r = RET(pipe2(fd, O_CLOEXEC));

	if (r < 0)
		return r;
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0) {
		r = -errno;
		sys_close(&fd[0]);
		sys_close(&fd[1]);
		return r;
	}
	*ret_read = fd[0];
	*ret_write = fd[1];
	return 0;
}

void *sys_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *sys_map_physical(uint64_t address, size_t size)
{
	int fd = sys_open("/dev/mem", O_RDWR | O_SYNC);
	void *p = MAP_FAILED;

	if (fd >= 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)address);
	sys_close(&fd);
	return p == MAP_FAILED ? NULL : p;
}

void sys_unmap(void *at, size_t size)
{
	(void)munmap(at, size);
}

int sys_mkdir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	return -errno;
}

int sys_unlink(const char *path)
{
	return RET(unlink(path));
}

int sys_rmdir(const char *path)
{
	return RET(rmdir(path));
}

int sys_symlink(const char *target, const char *path)
{
	return RET(symlink(target, path));
}

int sys_mknod(const char *path, mode_t mode, unsigned major, unsigned minor)
{
	return RET(mknod(path, mode, makedev(major, minor)));
}

bool sys_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool sys_in_ram(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	return (unsigned long)fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC;
}

bool sys_is_mount(const char *path)
{
	char parent[256];
	struct stat here, above;

	if (snprintf(parent, sizeof(parent), "%s/..", path) >= (int)sizeof(parent))
		return false;
	return stat(path, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data)
{
	return RET(mount(source, target, type, flags, data));
}

int sys_setxattr(const char *path, const char *name, const void *value, size_t size)
{
	return RET(lsetxattr(path, name, value, size, 0));
}

int sys_chdir(const char *path)
{
	return RET(chdir(path));
}

int sys_chroot(const char *path)
{
	return RET(chroot(path));
}

int sys_sethostname(const char *name)
{
	return RET(sethostname(name, strlen(name)));
}

int sys_set_nice(int nice)
{
	return RET(setpriority(PRIO_PROCESS, 0, nice));
}

int sys_setrlimit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit lim = {.rlim_cur = soft, .rlim_max = hard};

	return RET(setrlimit(resource, &lim));
}

int sys_load_module(const char *path, const char *params)
{
	int fd = sys_open(path, O_RDONLY);
	int r;

	if (fd < 0)
		return fd;
	r = value_or_errno(syscall(SYS_finit_module, fd, params, 0));
	sys_close(&fd);
	return r == -EEXIST ? 0 : r;
}

unsigned sys_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

bool sys_owns_machine(void)
{
	const ino_t first = 0xeffffffc; /* PROC_PID_INIT_INO of linux/proc_ns.h, of every kernel */
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == first;
}

int sys_epoll(void)
{
	return value_or_errno(epoll_create1(EPOLL_CLOEXEC));
}

int sys_epoll_ctl(int epfd, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = {.events = events, .data.u64 = data};

	return RET(epoll_ctl(epfd, op, fd, &ev));
}

int sys_epoll_wait(int epfd, struct epoll_event *ev, int max, int timeout_ms)
{
	return value_or_errno(epoll_wait(epfd, ev, max, timeout_ms));
}

int sys_signal_fd(void)
{
	sigset_t all;

	sigfillset(&all);
	/* A fault must still reach crash.c: a blocked SIGSEGV would kill without a word. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGALRM); /* must be heard when the loop does not turn */
	/* They mean nothing here, and queue; not blocked, the kernel drops PID 1's. */
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		sigdelset(&all, sig);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return -errno;
	return value_or_errno(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

int sys_signal_read(int fd)
{
	struct signalfd_siginfo si;
	ssize_t n = read(fd, &si, sizeof(si));

	if (n < 0)
		return -errno;
	return n == (ssize_t)sizeof(si) ? (int)si.ssi_signo : -EIO;
}

/* Runs in the parent's memory until execve(): touches nothing but its own stack and the kernel. */
static int spawned(void *arg)
{
	const struct spawn *s = arg;
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;
	int fd[3];

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL); /* KILL, STOP and libc's own say no */
	(void)setsid();
	(void)setpriority(PRIO_PROCESS, 0, 0); /* of PID 1's, nothing is inherited */

	/* First out of the way of 0-2, so that no dup2() below closes a later one's source. */
	for (int i = 0; i < 3; i++) {
		fd[i] = fcntl(s->fd[i], F_DUPFD_CLOEXEC, 3);
		if (fd[i] < 0)
			_exit(SPAWN_CANNOT);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(fd[i], i) < 0)
			_exit(SPAWN_CANNOT);
	}
	if (chdir("/") < 0)
		_exit(SPAWN_CANNOT);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execve(s->path, (char *const *)s->argv, (char *const *)s->envp);
	_exit(SPAWN_CANNOT);
}

/*
 * A clone that shares memory until exec is 30 to 50 times cheaper than a fork of even a tiny
 * process, and cannot fail for want of page tables.  The parent stands still meanwhile, so one
 * static stack serves all.
 */
int sys_spawn(const struct spawn *s, int *ret_pidfd)
{
	static _Alignas(16) char stack[16384];
	int pidfd = -1;
	int pid = clone(spawned, stack + sizeof(stack),
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, (void *)s, &pidfd);

	if (pid < 0)
		return -errno;
	*ret_pidfd = pidfd;
	return pid;
}

int sys_exec(const char *path, char *const argv[])
{
	(void)execv(path, argv);
	return -errno;
}

int sys_pidfd_open(pid_t pid)
{
	return value_or_errno(syscall(SYS_pidfd_open, pid, 0));
}

int sys_pidfd_kill(int pidfd, int signal)
{
	return value_or_errno(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int sys_kill_all(int signal)
{
	return RET(kill(-1, signal));
}

pid_t sys_reap(int *ret_status)
{
	return value_or_errno(waitpid(-1, ret_status, WNOHANG));
}

int sys_netlink(int protocol, uint32_t groups)
{
	const struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = groups};
	const int room = 1024 * 1024;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	int r = 0;

	if (fd < 0)
		return -errno;
	/* With less room there is just more to ask again. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		r = -errno;
	if (r < 0) {
		sys_close(&fd);
		return r;
	}
	return fd;
}

ssize_t sys_netlink_read(int fd, void *buf, size_t size)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(fd, &msg, 0);

	if (n < 0)
		return -errno;
	return from.nl_pid != 0 || (msg.msg_flags & MSG_TRUNC) ? 0 : n;
}

bool sys_clock_synchronised(void)
{
	struct timex t = {0};

	return adjtimex(&t) >= 0 && !(t.status & STA_UNSYNC);
}

static int bind_to(const char *path, mode_t mode, int type)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, r = 0;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, mode) < 0 ||
		(type == SOCK_STREAM && listen(fd, 64) < 0))
		r = -errno;
	if (r < 0) {
		sys_close(&fd);
		return r;
	}
	return fd;
}

int sys_fifo(const char *path)
{
	(void)unlink(path);
	if (mkfifo(path, 0622) < 0 || chmod(path, 0622) < 0)
		return -errno;
	/* For writing, too: without a writer a FIFO would report its end for ever. */
	return sys_open(path, O_RDWR | O_NONBLOCK);
}

int sys_listen(const char *path, mode_t mode)
{
	return bind_to(path, mode, SOCK_STREAM);
}

int sys_listen_datagrams(const char *path, mode_t mode)
{
	return bind_to(path, mode, SOCK_DGRAM);
}

/*
 * O_NONBLOCK belongs to the open file, which the sender may share and change.  A pipe is therefore
 * opened anew; from a socket one can receive without waiting; all else is refused.
 */
static int made_safe(int fd)
{
	struct stat st;
	char path[32];
	int own;

	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = S_ISFIFO(st.st_mode) ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	sys_close(&fd);
	return own;
}

static int fd_of_message(struct msghdr *h)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int other;

			memcpy(&other, CMSG_DATA(c) + i * sizeof(int), sizeof(other));
			if (fd < 0)
				fd = other;
			else
				sys_close(&other);
		}
	}
	return fd;
}

ssize_t sys_receive_fd(int fd, char *buf, size_t size, int *ret_fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr h = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*ret_fd = -1;
	if (n < 0)
		return -errno;
	*ret_fd = fd_of_message(&h);
	if (*ret_fd >= 0)
		*ret_fd = made_safe(*ret_fd);
	return n;
}

ssize_t sys_receive(int fd, void *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size, MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = read(fd, buf, size);
	return n < 0 ? -errno : n;
}

int sys_accept(int fd, uid_t *ret_uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (c < 0)
		return -errno;
	if (getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
		int r = -errno;

		sys_close(&c);
		return r;
	}
	*ret_uid = cred.uid;
	return c;
}

int sys_watchdog_arm(int fd, unsigned *seconds)
{
	int s = (int)*seconds;

	/* One that cannot be set has a time all the same, and one may not tell it. */
	if (ioctl(fd, WDIOC_SETTIMEOUT, &s) < 0 || ioctl(fd, WDIOC_GETTIMEOUT, &s) < 0)
		return -errno;
	*seconds = (unsigned)s;
	return 0;
}

int sys_watchdog_feed(int fd)
{
	return RET(ioctl(fd, WDIOC_KEEPALIVE, 0));
}

int sys_alarm(int64_t ms)
{
	const struct itimerval t = {.it_value = {ms / 1000, ms % 1000 * 1000}};

	return RET(setitimer(ITIMER_REAL, &t, NULL));
}

int sys_ctrl_alt_del(bool enabled)
{
	return RET(reboot(enabled ? RB_ENABLE_CAD : RB_DISABLE_CAD));
}

int sys_reboot(int how)
{
	return RET(reboot(how));
}

extern const char __executable_start[], etext[];

void sys_trim_code(void)
{
	const uintptr_t page = (uintptr_t)getpagesize();
	uintptr_t from = (uintptr_t)__executable_start & -page;
	uintptr_t to = (uintptr_t)etext & -page;

	/* Neither of it is ever written to: with -z relro what is relocated lies behind. */
	if (sys_in_ram("/"))
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}
