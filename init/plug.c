#include "plug.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "boot.h"
#include "helper.h"
#include "log.h"
#include "machine.h"
#include "source.h"
#include "sys.h"
#include "uevent.h"

enum {
	KERNEL = 1, /* its group; udev speaks in another */
	BUFFER = 8192,
	READS_A_TURN = 64,
	HELPER_MS = 60 * 1000,
	AGAIN_MS = 1000,
};

int plug_open(struct plug *g, int epfd)
{
	*g = (struct plug){.pidfd = -1, .deadline = CTR_NEVER};
	return source_watch(
		epfd, sys_netlink(NETLINK_KOBJECT_UEVENT, KERNEL), SOURCE_UEVENT, &g->fd);
}

void plug_readable(struct plug *g)
{
	static char buf[BUFFER];
	struct uevent e;

	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = sys_netlink_read(g->fd, buf, sizeof(buf));

		if (n == -ENOBUFS) {
			/* Whatever they said: the helper looks at every device there is. */
			g->lost++;
			g->wanted = true;
			continue;
		}
		if (n < 0)
			return;
		if (n == 0 || !uevent_parse(buf, (size_t)n, &e)) {
			g->forged++;
			continue;
		}
		g->said++;
		g->wanted |= e.added && e.asks;
		if (e.damage && !g->damage[0])
			snprintf(g->damage, sizeof(g->damage), "%s", e.damage);
	}
}

bool plug_reaped(struct plug *g, pid_t pid, int status)
{
	if (!g->pid || pid != g->pid)
		return false;
	g->pid = 0;
	g->deadline = CTR_NEVER;
	sys_close(&g->pidfd);
	g->useless = WIFEXITED(status) && WEXITSTATUS(status) == COLDPLUG_NOTHING;
	if (status != 0 && !g->useless)
		log_warn("coldplug: the helper failed (status %#x)", (unsigned)status);
	return true;
}

static void start(struct machine *m)
{
	struct plug *g = &m->plug;
	pid_t r = machine_start_helper(m, HELPER_COLDPLUG, NULL, -1, &g->pidfd);

	if (r < 0) {
		(void)log_errno(r, "coldplug: cannot start the helper");
		g->deadline = m->now + AGAIN_MS;
		return;
	}
	g->pid = r;
	g->wanted = false;
	g->deadline = m->now + HELPER_MS;
}

void plug_settle(struct machine *m)
{
	struct plug *g = &m->plug;
	bool due = g->deadline <= m->now;

	if (g->damage[0])
		boot_damaged(m, g->damage);
	if (g->pid && due) {
		log_warn("coldplug: took too long");
		g->deadline = sys_pidfd_kill(g->pidfd, SIGKILL) < 0 ? m->now + AGAIN_MS : CTR_NEVER;
	}
	if (!g->pid && (due || g->deadline == CTR_NEVER) && g->wanted && !g->useless)
		start(m);
}
