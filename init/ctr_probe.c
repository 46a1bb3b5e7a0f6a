#include "ctr_probe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "ctr_path.h"
#include "ctr_run.h"
#include "ctr_say.h"
#include "helper.h"
#include "log.h"
#include "match.h"
#include "source.h"
#include "sys.h"

enum {
	AGAIN_MS = 1000, /* before a probe that could not be started is tried anew, or one that
			    was asked to end is killed */
	DATAGRAM = 4096, /* as systemd takes them */
	DATAGRAMS_A_TURN = 16,
};

static int open_one(struct ctr_pool *p, int fd, enum source s, size_t i)
{
	return fd < 0 ? fd : sys_epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, EPOLLIN, source_pack(s, i));
}

static void drain(int fd)
{
	char buf[DATAGRAM];

	for (int i = 0; fd >= 0 && i < DATAGRAMS_A_TURN && sys_read(fd, buf, sizeof(buf)) > 0; i++)
		continue;
}

int ctr_notify_open(struct ctr_pool *p, struct ctr *c)
{
	size_t i = (size_t)(c - p->ctr);
	char path[CTR_PATH_MAX];
	int r;

	if (c->def->policy.ready != PROBE_NOTIFY)
		return 0;
	if (c->notify_fd >= 0) {
		drain(c->notify_fd);
		drain(c->fifo_fd);
		return 0;
	}
	ctr_notify_path(c, "", path);
	(void)sys_mkdir(NOTIFY_OUTSIDE, 0755);
	r = sys_mkdir(path, 0755);
	if (r == 0) {
		ctr_notify_path(c, "/" NOTIFY_SOCKET, path);
		c->notify_fd = sys_listen_datagrams(path, 0666);
		r = open_one(p, c->notify_fd, SOURCE_NOTIFY, i);
	}
	if (r == 0) {
		ctr_notify_path(c, "/" NOTIFY_FIFO, path);
		c->fifo_fd = sys_fifo(path);
		r = open_one(p, c->fifo_fd, SOURCE_FIFO, i);
	}
	if (r < 0) {
		sys_close(&c->notify_fd);
		sys_close(&c->fifo_fd);
	}
	return r;
}

/* A quick program gives its sign before the runtime has said that it started it. */
static void is_ready(struct ctr *c)
{
	c->sign = c->state == CTR_START;
	if (c->state == CTR_UNREADY)
		c->pending |= 1u << CTR_EV_READY;
}

/* sd_notify(3): lines of KEY=VALUE. */
static bool says_ready(const char *text)
{
	static const char ready[] = "READY=1";

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, ready, strlen(ready)) == 0 &&
			(!text[strlen(ready)] || text[strlen(ready)] == '\n'))
			return true;
	}
	return false;
}

void ctr_notify_readable(struct ctr_pool *p, size_t i, bool is_fifo)
{
	struct ctr *c = &p->ctr[i];
	char buf[DATAGRAM];

	for (int k = 0; k < DATAGRAMS_A_TURN; k++) {
		ssize_t n = sys_read(is_fifo ? c->fifo_fd : c->notify_fd, buf, sizeof(buf) - 1);

		if (n <= 0)
			return;
		buf[n] = '\0';
		if (is_fifo ? memchr(buf, '\n', (size_t)n) != NULL : says_ready(buf))
			is_ready(c);
	}
}

void ctr_probe_output(struct ctr *c, const char *text, size_t len)
{
	if ((c->state == CTR_START || c->state == CTR_UNREADY) &&
		c->def->policy.ready == PROBE_LOG &&
		match_more(c->def->policy.ready_arg, &c->matched, text, len))
		is_ready(c);
}

static void stop(struct probe *b)
{
	/* Reaped as a stranger.  Nobody watches it from here on, so this is tried twice. */
	if (b->pid && b->pidfd >= 0 && sys_pidfd_kill(b->pidfd, SIGKILL) < 0)
		(void)sys_pidfd_kill(b->pidfd, SIGKILL);
	sys_close(&b->pidfd);
	b->pid = 0;
	b->at = CTR_NEVER;
}

static bool has_helper(uint8_t probe)
{
	return probe >= PROBE_TCP;
}

void ctr_probe_begin(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;

	stop(&c->probe);
	if (c->state == CTR_START) {
		c->matched = 0;
		c->sign = false;
	}
	if (c->state == CTR_UNREADY && has_helper(y->ready))
		c->probe.at = p->now;
	if (c->state == CTR_UP) {
		c->health = (struct health){0};
		c->not_well_since = 0;
		if (y->health != PROBE_NONE)
			c->probe.at = p->now + y->health_every_ms;
	}
}

static void start(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;
	bool waits = c->state == CTR_UNREADY;
	int r = ctr_run_probe(p, c, waits ? HELPER_PROBE_WAIT : HELPER_PROBE_ONCE,
		waits ? y->ready : y->health, waits ? y->ready_arg : y->health_arg);

	if (r < 0) {
		(void)log_errno(r, "%s: cannot start a probe", c->name);
		c->probe.at = p->now + AGAIN_MS;
	} else {
		c->probe.asked = false;
		c->probe.at = waits ? CTR_NEVER : p->now + y->health_ms;
	}
}

void ctr_probe_settle(struct ctr_pool *p, struct ctr *c)
{
	if (c->probe.at > p->now || !ctr_state_runs(c->state))
		return;
	if (!c->probe.pid) {
		start(p, c);
		return;
	}
	/* Its end, which is a failure, comes as any other.  It is asked first, as it may have begun
	 * something in the container that shall end with it. */
	c->probe.at = p->now + AGAIN_MS;
	if (c->probe.pidfd >= 0)
		(void)sys_pidfd_kill(c->probe.pidfd, c->probe.asked ? SIGKILL : SIGTERM);
	c->probe.asked = true;
}

static void is_sick(struct ctr_pool *p, struct ctr *c)
{
	const struct policy *y = &c->def->policy;

	log_warn("%s: not well: %u of its last %u probes failed", c->name,
		(unsigned)__builtin_popcount(c->health.failed), (unsigned)y->health_of);
	c->health = (struct health){0};
	if (!c->not_well_since)
		c->not_well_since = p->now;
	if (y->health_action == HEALTH_RESTART) {
		c->cause = CAUSE_SICK;
		ctr_say_end(c);
		c->pending |= 1u << CTR_EV_SICK;
	} else if (y->health_action == HEALTH_REBOOT) {
		p->remedy_for = c;
	}
}

void ctr_probe_ended(struct ctr_pool *p, struct ctr *c, int status)
{
	const struct policy *y = &c->def->policy;

	sys_close(&c->probe.pidfd);
	c->probe.pid = 0;
	if (c->state == CTR_UNREADY) {
		c->probe.at = status == 0 ? CTR_NEVER : p->now + AGAIN_MS;
		if (status == 0)
			is_ready(c);
	}
	if (c->state == CTR_UP) {
		c->probe.at = p->now + y->health_every_ms;
		if (status == 0) {
			c->good_at = p->now;
			c->not_well_since = 0;
		}
		if (health_note(&c->health, status == 0, y->health_fails, y->health_of))
			is_sick(p, c);
	}
}
