#include "plug.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "ctr.h"
#include "helper.h"
#include "log.h"
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
	int r;

	*g = (struct plug){.pidfd = -1, .deadline = CTR_NEVER};
	r = g->fd = sys_netlink(NETLINK_KOBJECT_UEVENT, KERNEL);
	if (r >= 0)
		r = sys_epoll_ctl(
			epfd, EPOLL_CTL_ADD, g->fd, EPOLLIN, source_pack(SOURCE_UEVENT, 0));
	if (r < 0)
		sys_close(&g->fd);
	return r;
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

static void start(struct plug *g, int64_t now, const char *self, int null_fd, int err_fd)
{
	const char *const argv[] = {HELPER_COLDPLUG, NULL};
	static const char *const envp[] = {NULL};
	const struct spawn s = {
		.path = self, .argv = argv, .envp = envp, .fd = {null_fd, err_fd, err_fd}};
	int r = sys_spawn(&s, &g->pidfd);

	if (r < 0) {
		(void)log_errno(r, "coldplug: cannot start the helper");
		g->deadline = now + AGAIN_MS;
		return;
	}
	g->pid = r;
	g->wanted = false;
	g->deadline = now + HELPER_MS;
}

void plug_settle(struct plug *g, int64_t now, const char *self, int null_fd, int err_fd)
{
	bool due = g->deadline <= now;

	if (g->pid && due) {
		log_warn("coldplug: took too long");
		g->deadline = sys_pidfd_kill(g->pidfd, SIGKILL) < 0 ? now + AGAIN_MS : CTR_NEVER;
	}
	if (!g->pid && (due || g->deadline == CTR_NEVER) && g->wanted && !g->useless)
		start(g, now, self, null_fd, err_fd);
}
