#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>

#include "boot.h"
#include "ctr_io.h"
#include "ctr_life.h"
#include "ctr_probe.h"
#include "led.h"
#include "log.h"
#include "source.h"
#include "sys.h"
#include "watchdog.h"

enum {
	EVENTS_A_TURN = 16, /* each may be 16 KiB of output: more of them would make a turn long */
	SIGNALS_A_TURN = 64,
};

int loop_open(struct machine *m)
{
	int r;

	m->epfd = sys_epoll();
	if (m->epfd < 0)
		return m->epfd;
	r = source_watch(m->epfd, sys_signal_fd(), SOURCE_SIGNAL, &m->sigfd);
	if (r < 0)
		sys_close(&m->epfd);
	return r;
}

static void reap_all(struct machine *m)
{
	int status = 0;
	pid_t pid;

	/* Many deaths may share one SIGCHLD. */
	while ((pid = sys_reap(&status)) > 0) {
		if (!ctr_reaped(&m->pool, pid, status) && !boot_reaped(m, pid, status) &&
			!plug_reaped(&m->plug, pid, status))
			m->strangers++;
	}
}

/* As busybox init, which LinuxKit's containers rely on. */
static void take_signals(struct machine *m)
{
	static const struct {
		int signal;
		enum off off;
		const char *who;
	} meanings[] = {
		{SIGUSR1, OFF_HALT, "signal USR1"},
		{SIGUSR2, OFF_POWEROFF, "signal USR2"},
		{SIGTERM, OFF_REBOOT, "signal TERM"},
		{SIGINT, OFF_REBOOT, "ctrl-alt-del"},
		{SIGPWR, OFF_POWEROFF, "signal PWR (power failure)"},
	};
	int sig;

	/* The rest of a storm is the next turn's. */
	for (int n = 0; n < SIGNALS_A_TURN && (sig = sys_signal_read(m->sigfd)) > 0; n++) {
		for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
			if (meanings[i].signal == sig)
				boot_request(m, meanings[i].off, meanings[i].who);
		}
	}
}

static void handle(struct machine *m, const struct epoll_event *ev)
{
	size_t i = source_index(ev->data.u64);

	switch (source_kind(ev->data.u64)) {
	case SOURCE_SIGNAL:
		break; /* taken at the beginning of the turn */
	case SOURCE_SCAN:
		boot_scan_readable(m);
		break;
	case SOURCE_CONSOLE:
		break; /* written at the end of the turn */
	case SOURCE_OUT:
		ctr_readable(&m->pool, i, false);
		break;
	case SOURCE_ERR:
		ctr_readable(&m->pool, i, true);
		break;
	case SOURCE_NOTIFY:
		ctr_notify_readable(&m->pool, i, false);
		break;
	case SOURCE_FIFO:
		ctr_notify_readable(&m->pool, i, true);
		break;
	case SOURCE_CGROUP:
		ctr_cgroup_changed(&m->pool, i);
		break;
	case SOURCE_FACTS:
		facts_readable(&m->facts);
		break;
	case SOURCE_UEVENT:
		plug_readable(&m->plug);
		break;
	case SOURCE_LISTEN:
		ctl_accept(m);
		break;
	case SOURCE_CLIENT:
		ctl_ready(m, i, ev->events);
		break;
	case SOURCE_MEMLOG_QUERY:
		memlog_accept(m);
		break;
	case SOURCE_MEMLOG_TAKE:
		memlog_take(m);
		break;
	case SOURCE_MEMLOG_CLIENT:
		memlog_client_ready(m, i, ev->events);
		break;
	case SOURCE_MEMLOG_SOURCE:
		memlog_source_ready(m, i);
		break;
	}
}

static int wait_time(const struct machine *m)
{
	int64_t next = m->deadline;
	int64_t pool = ctr_next_deadline(&m->pool);
	int64_t ctl = ctl_next_deadline(m);
	int64_t memlog = memlog_next_deadline(m);

	if (pool < next)
		next = pool;
	if (ctl < next)
		next = ctl;
	if (m->good_at < next)
		next = m->good_at;
	if (m->clock_at < next)
		next = m->clock_at;
	if (m->facts.look_at < next)
		next = m->facts.look_at;
	if (m->plug.deadline < next)
		next = m->plug.deadline;
	if (memlog < next)
		next = memlog;
	if (m->watchdog.look_at < next)
		next = m->watchdog.look_at;
	if (next == CTR_NEVER)
		return -1;
	if (next <= m->now)
		return 0;
	/* One more than the rest: a turn that comes a moment early would spin. */
	return next - m->now > INT32_MAX - 1 ? INT32_MAX : (int)(next - m->now) + 1;
}

static void flush_console(struct machine *m)
{
	bool left = console_flush(&m->console);
	int op = left ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;

	if (left == m->console_watched)
		return;
	/* A console that epoll does not take (a file) never fills up. */
	if (m->console.fd < 0 || sys_epoll_ctl(m->epfd, op, m->console.fd, EPOLLOUT,
					 source_pack(SOURCE_CONSOLE, 0)) == 0)
		m->console_watched = left && m->console.fd >= 0;
}

void loop_turn(struct machine *m)
{
	struct epoll_event ev[EVENTS_A_TURN];
	int timeout = wait_time(m);
	int n;

	if (m->turn_us)
		turns_note(&m->turns, sys_now_us() - m->turn_us);
	n = sys_epoll_wait(m->epfd, ev, EVENTS_A_TURN, timeout);
	m->turn_us = sys_now_us();
	m->now = m->pool.now = sys_now_ms();
	/*
	 * Deaths before all else: after this no pid that is still in the table can be somebody
	 * else's. Signals before deaths: a SIGCHLD taken after reaping could be that of a child not
	 * yet reaped.
	 */
	take_signals(m);
	reap_all(m);
	for (int i = 0; i < n; i++)
		handle(m, &ev[i]);
	facts_settle(&m->facts, &m->pool);
	plug_settle(m);
	boot_settle(m);
	ctl_settle(m);
	memlog_settle(m);
	led_settle(m);
	/* What has been decided is what counts, and what it led to has been said. */
	watchdog_settle(m);
	remember_settle(&m->remember, m->now);
	flush_console(m);
}
