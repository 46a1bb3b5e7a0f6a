#include "sys_fake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/reboot.h>

#include "../../init/helper.h"
#include "../../init/sys.h"

struct fake_world world;

enum {
	FDS = 1024,
	PROCS = 512,
	PIPE = 65536,
	QUEUE = 64,
	FIRST_PID = 100,
};

enum fd_kind {
	FD_FREE,
	FD_FILE,
	FD_READ, /* pipe */
	FD_WRITE,
	FD_PIDFD,
	FD_EPOLL,
	FD_SIGNAL,
	FD_LISTEN,
	FD_SOCKET,
	FD_CONSOLE,
	FD_NETLINK,
	FD_PMSG,
	FD_WATCHDOG,
	FD_LED,
	FD_DATAGRAMS,
};

struct fake_pipe {
	char bytes[PIPE];
	size_t head, tail;
	int writers;
};

static struct fd_slot {
	enum fd_kind kind;
	struct fake_pipe *pipe;
	int proc;
	char file[128]; /* content of a file */
	size_t at;
	bool watched;
	uint32_t events;
	uint64_t data;
	/* sockets */
	char in[512];
	size_t in_len, in_at;
	char *out;
	size_t out_len, window;
	bool hung_up;
	bool query; /* FD_LISTEN, FD_SOCKET: of memlogd, not of the control socket */
	unsigned uid;
} fds[FDS];
static int fds_end; /* beyond it none has ever been open */

enum proc_kind {
	PROC_HELPER,
	PROC_RUNTIME,
	PROC_CONTAINER,
	PROC_ORPHAN,
};

static struct proc {
	bool used, dead, running, parked;
	enum proc_kind kind;
	int64_t end_at; /* INT64_MAX: not by itself */
	int status;
	struct fake_ctr *ctr;
	int makes; /* the container process that a `create` brings */
	void (*at_end)(struct proc *);
	struct fake_pipe *out; /* its stdout */
	struct fake_pipe *err; /* its stderr; a runtime's only */
	char pid_file[192];    /* of a create */
} procs[PROCS];
static int procs_end;
static uint64_t wild;

static struct {
	int64_t at;
	int signal;
	int crash_status;
	struct fake_ctr *crash;
	int orphans;
} queue[QUEUE];
static size_t queued;
static struct {
	char name[256];
	int fd;
} datagrams[32];
static size_t n_datagrams;
static int pending_signals[256];
static size_t n_pending;
static void *maps[64];
static size_t n_maps;
static struct {
	char path[192];
	char text[32];
} pid_files[64];

/* Every call of the seam passes here; one of them may be told to fail. */
static bool fails(const char *name)
{
	world.calls++;
	if (world.calls != world.fail_at)
		return false;
	world.failed = name;
	return true;
}

#define FAIL(err)                                                                                  \
	do {                                                                                       \
		if (fails(__func__))                                                               \
			return -(err);                                                             \
	} while (0)

static void free_slot(struct fd_slot *f)
{
	free(f->out);
	*f = (struct fd_slot){0};
}

void fake_reset(void)
{
	for (int i = 0; i < fds_end; i++) {
		if (fds[i].kind == FD_READ)
			free(fds[i].pipe);
		free_slot(&fds[i]);
	}
	fds_end = procs_end = 0;
	memset(procs, 0, sizeof(procs));
	memset(pid_files, 0, sizeof(pid_files));
	memset(queue, 0, sizeof(queue));
	queued = n_pending = n_datagrams = 0;
	while (n_maps)
		free(maps[--n_maps]);
	memset(&world, 0, sizeof(world));
	world.now = 1000;
}

struct fake_ctr *fake_add(enum ctr_kind kind, const char *id)
{
	struct fake_ctr *c = &world.ctr[world.n++];

	*c = (struct fake_ctr){.id = id,
		.kind = kind,
		.run_ms = kind == CTR_SERVICE ? FAKE_FOREVER : 10,
		.term_ms = 5,
		.policy = policy_default(),
		.stop_ms = 10000,
		.timeout_ms = 300000,
		.well_until = INT64_MAX};
	return c;
}

static int new_fd(enum fd_kind kind)
{
	for (int i = 3; i < FDS; i++) {
		if (fds[i].kind == FD_FREE) {
			free_slot(&fds[i]); /* the answer of a client that has gone */
			fds[i].kind = kind;
			fds_end = i >= fds_end ? i + 1 : fds_end;
			return i;
		}
	}
	return -EMFILE;
}

static void order(const char *verb, const char *id)
{
	size_t len = strlen(world.order);

	snprintf(world.order + len, sizeof(world.order) - len, "%s:%s ", verb, id);
}

void fake_signal(int64_t at_ms, int signal)
{
	queue[queued].at = at_ms;
	queue[queued].crash = NULL;
	queue[queued].orphans = 0;
	queue[queued++].signal = signal;
}

void fake_crash(struct fake_ctr *c, int64_t at_ms, int status)
{
	queue[queued].at = at_ms;
	queue[queued].crash = c;
	queue[queued].orphans = 0;
	queue[queued++].crash_status = status;
}

void fake_orphans(int64_t at_ms, int count)
{
	queue[queued].at = at_ms;
	queue[queued].crash = NULL;
	queue[queued].signal = 0;
	queue[queued++].orphans = count;
}

int fake_open_fds(void)
{
	int n = 0;

	for (int i = 0; i < fds_end; i++)
		n += fds[i].kind != FD_FREE;
	return n;
}

int fake_live_children(void)
{
	int n = 0;

	for (int i = 0; i < procs_end; i++)
		n += procs[i].used;
	return n;
}

/* Time. */

int64_t sys_now_ms(void)
{
	return world.now;
}

int64_t sys_now_us(void)
{
	return world.now * 1000;
}

int64_t sys_realtime_s(void)
{
	return sys_realtime_ms() / 1000;
}

int64_t sys_realtime_ms(void)
{
	static const int64_t ten_years_ms = INT64_C(3652) * 86400 * 1000;

	if (world.wall_wild) {
		wild = wild * 6364136223846793005 + 1442695040888963407;
		return world.now + (int64_t)(wild >> 24) % ten_years_ms * (wild & 1 << 23 ? 1 : -1);
	}
	return world.now + world.wall_ms;
}

int sys_set_realtime_s(int64_t s)
{
	(void)s;
	FAIL(EPERM);
	return 0;
}

uint32_t sys_random(void)
{
	return 0; /* no jitter: the law of the back-off can be read off */
}

/* Files. */

static int open_file(const char *text)
{
	int fd = new_fd(FD_FILE);

	if (fd >= 0)
		snprintf(fds[fd].file, sizeof(fds[fd].file), "%s", text);
	return fd;
}

static int open_led(const char *path)
{
	int fd = new_fd(FD_LED);

	if (fd >= 0)
		snprintf(fds[fd].file, sizeof(fds[fd].file), "%s", strrchr(path, '/') + 1);
	return fd;
}

static int open_watchdog(void)
{
	world.armed_ms = 30000;
	world.fed_at = world.now;
	return new_fd(FD_WATCHDOG);
}

int sys_open(const char *path, int flags)
{
	int fd;

	(void)flags;
	FAIL(ENFILE);
	if (strncmp(path, "/run/nanny/pid/", 15) == 0) {
		for (size_t i = 0; i < 64; i++) {
			if (strcmp(pid_files[i].path, path) != 0)
				continue;
			fd = new_fd(FD_FILE);
			if (fd >= 0)
				snprintf(fds[fd].file, sizeof(fds[fd].file), "%s",
					pid_files[i].text);
			return fd;
		}
		return -ENOENT;
	}
	if (strcmp(path, "/dev/pmsg0") == 0)
		return new_fd(FD_PMSG);
	if (strcmp(path, "/dev/watchdog0") == 0 && world.watchdog_max)
		return open_watchdog();
	if (strcmp(path, "/etc/nanny/board") == 0 && world.board)
		return open_file(world.board);
	if (strncmp(path, "/sys/class/leds/", 16) == 0)
		return open_led(path);
	if (strcmp(path, "/dev/console") == 0)
		return new_fd(FD_CONSOLE);
	if (strcmp(path, "/dev/null") == 0)
		return new_fd(FD_FILE);
	return -ENOENT;
}

int sys_open_mode(const char *path, int flags, mode_t mode)
{
	(void)mode;
	return sys_open(path, flags);
}

void sys_close(int *fd)
{
	if (*fd >= 0) {
		struct fd_slot *f = &fds[*fd];

		if (f->kind == FD_FREE) {
			fprintf(stderr, "close of fd %d, which is not open\n", *fd);
			abort();
		}
		if (f->kind == FD_WRITE && f->pipe)
			f->pipe->writers--;
		if (f->kind == FD_READ) {
			for (int i = 0; i < fds_end; i++) {
				if (fds[i].kind == FD_WRITE && fds[i].pipe == f->pipe)
					fds[i].pipe = NULL;
			}
			for (int i = 0; i < procs_end; i++) {
				if (procs[i].out == f->pipe)
					procs[i].out = NULL;
				if (procs[i].err == f->pipe)
					procs[i].err = NULL;
			}
			free(f->pipe);
		}
		/* A client's answer is kept for fake_answer(). */
		if (f->kind == FD_WATCHDOG && world.let_go)
			world.armed_ms = 0;
		if (f->kind == FD_SOCKET)
			f->kind = FD_FREE;
		else
			free_slot(f);
	}
	*fd = -1;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	struct fd_slot *f = &fds[fd];

	FAIL(EIO);
	if (f->kind == FD_FILE) {
		size_t n = strlen(f->file) - f->at;

		n = n < size ? n : size;
		memcpy(buf, f->file + f->at, n);
		f->at += n;
		return (ssize_t)n;
	}
	if (f->kind == FD_READ) {
		size_t n = f->pipe->head - f->pipe->tail;

		if (n == 0)
			return f->pipe->writers ? -EAGAIN : 0;
		n = n < size ? n : size;
		memcpy(buf, f->pipe->bytes + f->pipe->tail, n);
		f->pipe->tail += n;
		if (f->pipe->tail == f->pipe->head)
			f->pipe->tail = f->pipe->head = 0;
		return (ssize_t)n;
	}
	if (f->kind == FD_SOCKET) {
		size_t n = f->in_len - f->in_at;

		if (n == 0)
			return f->hung_up ? 0 : -EAGAIN;
		n = n < size ? n : size;
		memcpy(buf, f->in + f->in_at, n);
		f->in_at += n;
		return (ssize_t)n;
	}
	return -EBADF;
}

ssize_t sys_pread(int fd, void *buf, size_t size, off_t at)
{
	(void)fd;
	(void)buf;
	(void)size;
	(void)at;
	FAIL(EIO);
	return 0;
}

static void pipe_put(struct fake_pipe *p, const void *data, size_t n)
{
	if (!p || p->head + n > PIPE)
		return;
	memcpy(p->bytes + p->head, data, n);
	p->head += n;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	struct fd_slot *f = &fds[fd];

	FAIL(EIO);
	if (f->kind == FD_PMSG) {
		size_t len = strlen(world.pmsg);

		snprintf(world.pmsg + len, sizeof(world.pmsg) - len, "%.*s", (int)size,
			(const char *)buf);
		return (ssize_t)size;
	}
	if (f->kind == FD_WATCHDOG && size == 1 && *(const char *)buf == 'V') {
		world.let_go++;
		return 1;
	}
	if (f->kind == FD_LED) {
		size_t len = strlen(world.led);

		snprintf(world.led + len, sizeof(world.led) - len, "%s=%.*s ", f->file, (int)size,
			(const char *)buf);
		return (ssize_t)size;
	}
	if (f->kind == FD_CONSOLE) {
		size_t len = strlen(world.log);

		snprintf(world.log + len, sizeof(world.log) - len, "%.*s", (int)size,
			(const char *)buf);
		return (ssize_t)size;
	}
	if (f->kind == FD_SOCKET) {
		char *out;

		if (f->hung_up)
			return -EPIPE;
		if (f->window == 0)
			return -EAGAIN;
		size = size < f->window ? size : f->window;
		f->window -= size;
		out = realloc(f->out, f->out_len + size + 1);

		if (!out)
			return -ENOMEM;
		memcpy(out + f->out_len, buf, size);
		f->out = out;
		f->out_len += size;
		f->out[f->out_len] = '\0';
		return (ssize_t)size;
	}
	return (ssize_t)size;
}

int sys_watchdog_arm(int fd, unsigned *seconds)
{
	FAIL(EIO);
	if (fds[fd].kind != FD_WATCHDOG)
		return -EBADF;
	*seconds = *seconds < world.watchdog_max ? *seconds : world.watchdog_max;
	world.armed_ms = *seconds * 1000;
	return 0;
}

int sys_watchdog_feed(int fd)
{
	FAIL(EIO);
	if (fds[fd].kind != FD_WATCHDOG)
		return -EBADF;
	world.fed_at = world.now;
	world.fed++;
	return 0;
}

int sys_alarm(int64_t ms)
{
	FAIL(EINVAL);
	world.alarm_at = ms ? world.now + ms : 0;
	return 0;
}

int sys_dup_to(int from, int to)
{
	(void)from;
	(void)to;
	FAIL(EBADF);
	return 0;
}

int sys_pipe(int *ret_read, int *ret_write)
{
	struct fake_pipe *p;

	FAIL(EMFILE);
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->writers = 1;
	*ret_read = new_fd(FD_READ);
	fds[*ret_read].pipe = p;
	*ret_write = new_fd(FD_WRITE);
	fds[*ret_write].pipe = p;
	return 0;
}

int sys_log_pipe(int *ret_read, int *ret_write)
{
	return sys_pipe(ret_read, ret_write);
}

int sys_mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	FAIL(EACCES);
	return 0;
}

void *sys_map(size_t size)
{
	if (fails(__func__) || n_maps == sizeof(maps) / sizeof(maps[0]))
		return NULL;
	maps[n_maps] = calloc(1, size);
	return maps[n_maps++];
}

void *sys_map_physical(uint64_t address, size_t size)
{
	return fails(__func__) || address != FAKE_RAM || size != sizeof(world.ram) ? NULL
										   : world.ram;
}

void sys_unmap(void *at, size_t size)
{
	(void)at;
	(void)size;
}

bool sys_owns_machine(void)
{
	return true;
}

int sys_unlink(const char *path)
{
	FAIL(EIO);
	for (size_t i = 0; i < 64; i++) {
		if (strcmp(pid_files[i].path, path) == 0)
			pid_files[i].path[0] = '\0';
	}
	return 0;
}

int sys_unsent(int fd)
{
	(void)fd;
	return 0;
}

void sys_sleep_ms(int ms)
{
	world.now += ms;
}

int sys_exec(const char *path, char *const argv[])
{
	(void)path;
	(void)argv;
	return -ENOENT;
}

bool sys_exists(const char *path)
{
	(void)path;
	return false;
}

unsigned sys_cpus(void)
{
	return 2;
}

/* Processes. */

static int new_proc(enum proc_kind kind, struct fake_ctr *c, int64_t end_at, int status)
{
	for (int i = 0; i < PROCS; i++) {
		if (procs[i].used)
			continue;
		procs_end = i >= procs_end ? i + 1 : procs_end;
		procs[i] = (struct proc){.used = true,
			.running = true,
			.kind = kind,
			.ctr = c,
			.end_at = end_at,
			.status = status,
			.makes = -1};
		return i;
	}
	abort();
}

static int new_pidfd(int proc)
{
	int fd = new_fd(FD_PIDFD);

	if (fd >= 0)
		fds[fd].proc = proc;
	return fd;
}

static struct fake_ctr *ctr_of(const char *id)
{
	for (size_t i = 0; id && i < world.n; i++) {
		if (strcmp(world.ctr[i].id, id) == 0)
			return &world.ctr[i];
	}
	return &world.unknown;
}

static struct proc *container_of(const struct fake_ctr *c)
{
	for (int i = 0; i < procs_end; i++) {
		if (procs[i].used && !procs[i].dead && procs[i].kind == PROC_CONTAINER &&
			procs[i].ctr == c)
			return &procs[i];
	}
	return NULL;
}

static void die(struct proc *p, int status)
{
	if (p->dead)
		return;
	p->dead = true;
	p->status = status;
	if (p->kind == PROC_CONTAINER)
		p->ctr->ended_at = world.now;
	if (p->err && p->ctr->complains)
		pipe_put(p->err, p->ctr->complains, p->ctr->complains_len);
	if (p->at_end)
		p->at_end(p);
}

/* A create that ends well leaves a container that waits, and its pid file. */
static void end_of_create(struct proc *p)
{
	int i;

	if (p->status != 0)
		return;
	i = new_proc(PROC_CONTAINER, p->ctr, INT64_MAX, 0);
	procs[i].parked = true;
	for (size_t k = 0; k < 64; k++) {
		if (pid_files[k].path[0])
			continue;
		snprintf(pid_files[k].path, sizeof(pid_files[k].path), "%s", p->pid_file);
		snprintf(pid_files[k].text, sizeof(pid_files[k].text), "%d", FIRST_PID + i);
		if (p->ctr->bad_pid && p->ctr->created == 1)
			snprintf(pid_files[k].text, sizeof(pid_files[k].text), "%s",
				p->ctr->bad_pid);
		break;
	}
}

static void end_of_start(struct proc *p)
{
	struct proc *c = container_of(p->ctr);

	if (p->status != 0 || !c)
		return;
	c->parked = false;
	if (p->ctr->started < 64)
		p->ctr->started_at[p->ctr->started] = world.now;
	p->ctr->started++;
	if (p->ctr->prints)
		pipe_put(p->out, p->ctr->prints, strlen(p->ctr->prints));
	if (p->ctr->run_ms == FAKE_AT_ONCE) {
		die(c, p->ctr->status);
	} else if (p->ctr->run_ms != FAKE_FOREVER) {
		c->end_at = world.now + p->ctr->run_ms;
		c->status = p->ctr->status;
	}
}

/* delete --force: whatever runs of it does so no more. */
static void end_of_delete(struct proc *p)
{
	for (int i = 0; p->status == 0 && i < procs_end; i++) {
		struct proc *c = &procs[i];

		if (c->used && !c->dead && c->kind == PROC_CONTAINER && c->ctr == p->ctr)
			die(c, SIGKILL);
	}
}

static struct policy policy_of(const struct fake_ctr *c)
{
	struct policy y = c->policy;

	y.stop_ms = c->stop_ms;
	y.timeout_ms = c->timeout_ms;
	return y;
}

static void end_of_scan(struct proc *p)
{
	struct scan_header h = {
		.magic = SCAN_MAGIC, .count = (uint32_t)world.n, .ledger = world.ledger};
	struct fake_pipe *pipe = p->out;

	if (world.scan_bad == 3)
		h.magic = 0xdeadbeef;
	if (world.scan_raw) {
		pipe_put(pipe, world.scan_raw, world.scan_raw_len);
	} else if (world.scan_bad != 1 && p->status == 0) {
		pipe_put(pipe, &h, sizeof(h));
		for (int k = 0; k < CTR_KIND_N; k++) {
			for (size_t i = 0; i < world.n; i++) {
				const struct fake_ctr *c = &world.ctr[i];
				struct scan_record rec = {.kind = (uint8_t)c->kind,
					.policy = policy_of(c),
					.program = c->program,
					.after_n = c->after_n};

				if (c->kind != (enum ctr_kind)k)
					continue;
				memcpy(rec.after, c->after, sizeof(rec.after));
				snprintf(rec.id, sizeof(rec.id), "%s", c->id);
				if (c->error)
					snprintf(rec.error, sizeof(rec.error), "%s", c->error);
				pipe_put(pipe, &rec, sizeof(rec));
			}
		}
	}
	if (pipe)
		pipe->writers--;
}

static void end_of_off(struct proc *p)
{
	if (p->status != 0)
		return;
	world.rebooted = p->makes;
	world.rebooted_at = world.now;
}

static const char *last_part(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

void sys_trim_code(void)
{
}

int sys_rmdir(const char *path)
{
	FAIL(EIO);
	return ctr_of(last_part(path))->groups_below ? -EBUSY : -ENOENT;
}

static int spawn_program(struct fake_ctr *c)
{
	int64_t end = c->run_ms == FAKE_FOREVER ? INT64_MAX : world.now + c->run_ms;

	order("run", c->id);
	if (c->started < 64)
		c->started_at[c->started] = world.now;
	c->started++;
	return new_proc(PROC_CONTAINER, c, end, c->status);
}

static int spawn_helper(const struct spawn *s)
{
	const char *name = s->argv[0];
	struct fake_ctr *c = ctr_of(last_part(s->argv[1]));
	struct proc *p;
	int i;

	if (strcmp(name, HELPER_PROGRAM) == 0)
		return spawn_program(c);
	i = new_proc(PROC_HELPER, c, world.now + 1, 0);
	p = &procs[i];

	if (strcmp(name, HELPER_SCAN) == 0) {
		p->at_end = end_of_scan;
		p->out = fds[s->fd[1]].pipe;
		p->out->writers++;
		if (world.scan_bad == 2)
			p->end_at = INT64_MAX;
		if (world.scan_bad == 1)
			p->status = SIGSEGV;
	} else if (strcmp(name, HELPER_PREPARE) == 0) {
		order("prepare", c->id);
		p->status = c->prepared++ < c->fail_prepare ? 1 << 8 : 0;
	} else if (strcmp(name, HELPER_PROBE) == 0) {
		c = ctr_of(s->argv[5]);
		p->ctr = c;
		p->status = world.now < c->well_from || world.now >= c->well_until ? 1 << 8 : 0;
		if (c->probe_hangs)
			p->end_at = INT64_MAX;
		/* wait: ends when it is so */
		if (p->status && strcmp(s->argv[1], HELPER_PROBE_WAIT) == 0) {
			p->end_at = world.now < c->well_from ? c->well_from : INT64_MAX;
			p->status = 0;
		}
		c->probed++;
	} else if (strcmp(name, HELPER_CLEAN) == 0) {
		c->groups_below = false;
		if (s->argv[2]) {
			order("clean", c->id);
			c->cleaned++;
		}
	} else if (strcmp(name, HELPER_COLDPLUG) == 0) {
		world.plugs++;
		p->status = world.plug_status;
		if (world.plug_hangs)
			p->end_at = INT64_MAX;
	} else if (strcmp(name, HELPER_CLOCK) == 0) {
		world.clocks++;
	} else if (strcmp(name, HELPER_UNMOUNT) == 0) {
		order("unmount", "all");
		if (world.unmount_hangs)
			p->end_at = INT64_MAX;
	} else if (strcmp(name, HELPER_OFF) == 0) {
		p->at_end = end_of_off;
		p->end_at += world.off_ms;
		p->makes = strcmp(s->argv[1], "poweroff") == 0 ? (int)RB_POWER_OFF
			   : strcmp(s->argv[1], "halt") == 0   ? (int)RB_HALT_SYSTEM
							       : (int)RB_AUTOBOOT;
		snprintf(world.off, sizeof(world.off), "%s", s->argv[1]);
	}
	return i;
}

/* argv: runtime --root DIR VERB … ID */
static int spawn_runtime(const struct spawn *s)
{
	const char *verb = s->argv[3], *id = NULL;
	struct fake_ctr *c;
	struct proc *p;
	int i;

	for (int k = 4; s->argv[k]; k++)
		id = s->argv[k];
	c = ctr_of(id);
	i = new_proc(PROC_RUNTIME, c, world.now + 2, 0);
	p = &procs[i];
	p->out = fds[s->fd[1]].pipe;
	p->err = fds[s->fd[2]].pipe;
	order(verb, id);
	if (strcmp(verb, "create") == 0) {
		snprintf(p->pid_file, sizeof(p->pid_file), "%s", s->argv[7]);
		p->at_end = end_of_create;
		/* As runc: "container with given ID already exists". */
		if (c->created < c->fail_create || container_of(c))
			p->status = (c->no_runtime ? SPAWN_CANNOT : 1) << 8;
		if (c->created < c->hang_create)
			p->end_at = INT64_MAX;
		c->created++;
	} else if (strcmp(verb, "start") == 0) {
		p->at_end = end_of_start;
		if (c->started < c->fail_start) {
			c->started++;
			p->status = 1 << 8;
		}
	} else {
		p->at_end = end_of_delete;
		c->deleted++;
	}
	return i;
}

int sys_spawn(const struct spawn *s, int *ret_pidfd)
{
	int i;

	FAIL(EAGAIN);
	for (int k = 0; k < 3; k++) {
		if (s->fd[k] < 0 || fds[s->fd[k]].kind == FD_FREE) {
			fprintf(stderr, "spawn of %s with a closed fd for %d\n", s->argv[0], k);
			abort();
		}
	}
	i = strncmp(s->argv[0], "nanny-", 6) == 0 ? spawn_helper(s) : spawn_runtime(s);
	*ret_pidfd = new_pidfd(i);
	return FIRST_PID + i;
}

int sys_pidfd_open(pid_t pid)
{
	int i = pid - FIRST_PID;

	FAIL(EMFILE);
	if (i < 0 || i >= PROCS || !procs[i].used)
		return -ESRCH;
	return new_pidfd(i);
}

static void kill_proc(struct proc *p, int sig)
{
	if (sig == SIGKILL) {
		if (p->kind == PROC_CONTAINER)
			p->ctr->killed++;
		die(p, SIGKILL);
		return;
	}
	if (p->kind != PROC_CONTAINER)
		return;
	p->ctr->termed++;
	if (p->ctr->term_ms != FAKE_FOREVER) {
		p->end_at = world.now + p->ctr->term_ms;
		p->status = 0;
	}
}

int sys_pidfd_kill(int pidfd, int signal)
{
	struct proc *p = &procs[fds[pidfd].proc];

	FAIL(EPERM);
	if (signal == 0)
		return p->used ? 0 : -ESRCH; /* only asked whether it has been reaped */
	if (!p->used || p->dead) {
		world.strangers_killed += !p->used;
		return -ESRCH;
	}
	kill_proc(p, signal);
	return 0;
}

int sys_kill_all(int signal)
{
	FAIL(EPERM);
	world.killed_all++;
	for (int i = 0; i < procs_end; i++) {
		if (procs[i].used && !procs[i].dead)
			kill_proc(&procs[i], signal);
	}
	return 0;
}

pid_t sys_reap(int *ret_status)
{
	for (int i = 0; i < procs_end; i++) {
		if (!procs[i].used || !procs[i].dead)
			continue;
		*ret_status = procs[i].status;
		procs[i].used = false;
		return FIRST_PID + i;
	}
	return 0;
}

/* The loop. */

int sys_epoll(void)
{
	FAIL(EMFILE);
	return new_fd(FD_EPOLL);
}

int sys_epoll_ctl(int epfd, int op, int fd, uint32_t events, uint64_t data)
{
	(void)epfd;
	FAIL(ENOSPC);
	fds[fd].watched = op != EPOLL_CTL_DEL;
	fds[fd].events = events;
	fds[fd].data = data;
	return 0;
}

static uint32_t ready_events(const struct fd_slot *f)
{
	switch (f->kind) {
	case FD_READ:
		return f->pipe->head != f->pipe->tail ? EPOLLIN : f->pipe->writers ? 0 : EPOLLHUP;
	case FD_SIGNAL:
		return n_pending ? EPOLLIN : 0;
	case FD_SOCKET:
		return (f->in_at < f->in_len ? EPOLLIN : 0) |
		       (f->window ? f->events & EPOLLOUT : 0) |
		       (f->hung_up ? EPOLLIN | EPOLLHUP | EPOLLRDHUP : 0);
	case FD_LISTEN:
		for (int i = 0; i < fds_end; i++) {
			if (fds[i].kind == FD_SOCKET && !fds[i].watched && fds[i].proc == 0 &&
				fds[i].query == f->query)
				return EPOLLIN;
		}
		return 0;
	case FD_NETLINK:
		return world.netlink_n ? EPOLLIN : 0;
	case FD_DATAGRAMS:
		return n_datagrams ? EPOLLIN : 0;
	case FD_PMSG:
	case FD_WATCHDOG:
	case FD_LED:
	case FD_FREE:
	case FD_FILE:
	case FD_WRITE:
	case FD_PIDFD:
	case FD_EPOLL:
	case FD_CONSOLE:
		break;
	}
	return 0;
}

static int collect(struct epoll_event *ev, int max)
{
	int n = 0;

	for (int i = 0; i < fds_end && n < max; i++) {
		uint32_t e =
			fds[i].watched ? ready_events(&fds[i]) & (fds[i].events | EPOLLHUP) : 0;

		if (e)
			ev[n++] = (struct epoll_event){.events = e, .data.u64 = fds[i].data};
	}
	return n;
}

static int64_t next_happening(void)
{
	int64_t next = world.look_at > world.now ? world.look_at : INT64_MAX;

	for (int i = 0; i < procs_end; i++) {
		if (procs[i].used && !procs[i].dead && procs[i].end_at < next)
			next = procs[i].end_at;
	}
	for (size_t i = 0; i < queued; i++) {
		if (queue[i].at < next)
			next = queue[i].at;
	}
	if (world.armed_ms && world.fed_at + world.armed_ms < next)
		next = world.fed_at + world.armed_ms;
	return next;
}

static void add_signal(int sig)
{
	if (n_pending < 256)
		pending_signals[n_pending++] = sig;
}

static void happen(void)
{
	if (world.armed_ms && world.now >= world.fed_at + world.armed_ms) {
		world.rebooted = FAKE_BITTEN;
		world.rebooted_at = world.now;
	}
	for (int i = 0; i < procs_end; i++) {
		if (procs[i].used && !procs[i].dead && procs[i].end_at <= world.now) {
			die(&procs[i], procs[i].status);
			add_signal(SIGCHLD);
		}
	}
	for (size_t i = 0; i < queued; i++) {
		if (queue[i].at > world.now)
			continue;
		queue[i].at = INT64_MAX;
		for (int k = 0; k < queue[i].orphans; k++)
			die(&procs[new_proc(PROC_ORPHAN, NULL, INT64_MAX, 0)], 0);
		if (queue[i].crash) {
			struct proc *p = container_of(queue[i].crash);

			if (p)
				die(p, queue[i].crash_status);
		}
		add_signal(queue[i].signal ? queue[i].signal : SIGCHLD);
	}
}

int sys_epoll_wait(int epfd, struct epoll_event *ev, int max, int timeout_ms)
{
	int64_t until = timeout_ms < 0 ? INT64_MAX : world.now + timeout_ms;
	int64_t next;
	int n;

	(void)epfd;
	world.idle = false;
	FAIL(EINTR);
	for (int i = 0; i < procs_end; i++) {
		if (procs[i].used && procs[i].dead)
			return collect(ev, max); /* killed by ourselves just now */
	}
	n = collect(ev, max);
	if (n || timeout_ms == 0)
		return n;
	next = next_happening();
	if (next == INT64_MAX && until == INT64_MAX)
		world.idle = true;
	if (world.idle)
		return 0;
	world.now = next < until ? next : until;
	happen();
	return collect(ev, max);
}

int sys_signal_fd(void)
{
	FAIL(EMFILE);
	return new_fd(FD_SIGNAL);
}

int sys_signal_read(int fd)
{
	int sig;

	(void)fd;
	if (!n_pending)
		return -EAGAIN;
	sig = pending_signals[0];
	memmove(pending_signals, pending_signals + 1, --n_pending * sizeof(int));
	return sig;
}

/* Control clients. */

int fake_client(const char *request, unsigned uid)
{
	int fd = new_fd(FD_SOCKET);

	if (fd < 0)
		return fd;
	fake_send(fd, request, strlen(request));
	fds[fd].window = SIZE_MAX;
	fds[fd].uid = uid;
	return fd;
}

void fake_send(int client, const void *data, size_t len)
{
	struct fd_slot *f = &fds[client];

	if (f->kind != FD_SOCKET)
		return; /* PID 1 has closed it */
	if (len > sizeof(f->in) - f->in_len)
		len = sizeof(f->in) - f->in_len;
	memcpy(f->in + f->in_len, data, len);
	f->in_len += len;
}

void fake_window(int client, size_t bytes)
{
	fds[client].window = bytes;
}

void fake_hangup(int client)
{
	fds[client].hung_up = true;
}

const char *fake_answer(int client)
{
	return fds[client].out ? fds[client].out : "";
}

int sys_netlink(int protocol, uint32_t groups)
{
	(void)protocol;
	(void)groups;
	FAIL(EPROTONOSUPPORT);
	return new_fd(FD_NETLINK);
}

/* One message a read; an empty one stands for lost ones. */
ssize_t sys_netlink_read(int fd, void *buf, size_t size)
{
	size_t n;

	(void)fd;
	FAIL(ENOBUFS);
	if (world.netlink_n == 0)
		return -EAGAIN;
	n = world.netlink[0].len;
	if (n > size)
		n = size;
	memcpy(buf, world.netlink[0].bytes, n);
	memmove(world.netlink, world.netlink + 1, --world.netlink_n * sizeof(world.netlink[0]));
	return n ? (ssize_t)n : -ENOBUFS;
}

int sys_load_module(const char *path, const char *params)
{
	(void)path;
	(void)params;
	FAIL(ENOENT);
	return 0;
}

bool sys_clock_synchronised(void)
{
	return world.clock_at && world.now >= world.clock_at;
}

int sys_fifo(const char *path)
{
	(void)path;
	FAIL(EEXIST);
	return new_fd(FD_LISTEN);
}

int fake_query(const void *bytes, size_t len)
{
	int fd = fake_client("", 0);

	fds[fd].query = true;
	fake_send(fd, bytes, len);
	return fd;
}

int sys_listen(const char *path, mode_t mode)
{
	int fd;

	(void)mode;
	FAIL(EADDRINUSE);
	fd = new_fd(FD_LISTEN);
	if (fd >= 0)
		fds[fd].query = strstr(path, "memlog") != NULL;
	return fd;
}

int sys_listen_datagrams(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	FAIL(EADDRINUSE);
	return new_fd(FD_DATAGRAMS);
}

int fake_log_source(const char *name)
{
	struct fake_pipe *p = calloc(1, sizeof(*p));
	int r = new_fd(FD_READ), w = new_fd(FD_WRITE);

	if (!p)
		abort();
	p->writers = 1;
	fds[r].pipe = fds[w].pipe = p;
	snprintf(datagrams[n_datagrams].name, sizeof(datagrams[0].name), "%s", name);
	datagrams[n_datagrams++].fd = r;
	return w;
}

void fake_log(int source, const char *text)
{
	pipe_put(fds[source].pipe, text, strlen(text));
}

void fake_log_close(int source)
{
	sys_close(&source);
}

ssize_t sys_receive_fd(int fd, char *buf, size_t size, int *ret_fd)
{
	size_t n;

	(void)fd;
	*ret_fd = -1;
	FAIL(EIO);
	if (!n_datagrams)
		return -EAGAIN;
	n = strlen(datagrams[0].name);
	n = n < size ? n : size;
	memcpy(buf, datagrams[0].name, n);
	*ret_fd = datagrams[0].fd;
	memmove(datagrams, datagrams + 1, --n_datagrams * sizeof(datagrams[0]));
	return (ssize_t)n;
}

ssize_t sys_receive(int fd, void *buf, size_t size)
{
	return sys_read(fd, buf, size);
}

int sys_accept(int fd, uid_t *ret_uid)
{
	FAIL(EMFILE);
	for (int i = 0; i < fds_end; i++) {
		if (fds[i].kind == FD_SOCKET && fds[i].proc == 0 && fds[i].query == fds[fd].query) {
			fds[i].proc = 1;
			*ret_uid = fds[i].uid;
			return i;
		}
	}
	return -EAGAIN;
}

int sys_reboot(int how)
{
	FAIL(EPERM);
	world.rebooted = how;
	world.rebooted_at = world.now;
	return 0;
}
