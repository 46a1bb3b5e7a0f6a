#include "ctr_io.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "cgroup.h"
#include "ctr_path.h"
#include "ctr_probe.h"
#include "source.h"
#include "sys.h"

enum {
	READ_BYTES = 16384,
	READS_AT_END = 8, /* more than a pipe holds; what still prints then is swept soon */
};

static int watch(struct ctr_pool *p, int fd, uint32_t events, uint64_t data)
{
	return sys_epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, events, data);
}

static int open_pipe(struct ctr_pool *p, int fds[2], enum source s, size_t i)
{
	int r;

	if (fds[0] >= 0)
		return 0;
	r = sys_log_pipe(&fds[0], &fds[1]);
	if (r == 0)
		r = watch(p, fds[0], EPOLLIN, source_pack(s, i));
	if (r < 0) {
		sys_close(&fds[0]);
		sys_close(&fds[1]);
	}
	return r;
}

int ctr_open_pipes(struct ctr_pool *p, struct ctr *c)
{
	size_t i = (size_t)(c - p->ctr);
	int r = open_pipe(p, c->out, SOURCE_OUT, i);

	return r < 0 ? r : open_pipe(p, c->err, SOURCE_ERR, i);
}

/* The ring keeps every byte in order; so does the console, and names the speaker at each line. */
static void echo(struct ctr_pool *p, const struct ctr *c, const char *text, size_t len)
{
	const char *who = p->bare && c->def->kind != CTR_SERVICE ? NULL : c->name;

	while (len) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;

		if (n > RING_RECORD_MAX)
			n = RING_RECORD_MAX;
		if (nl == text + n) {
			console_line(p->console, who, text, n);
			n++;
		} else {
			console_part(p->console, who, text, n);
		}
		text += n;
		len -= n;
	}
}

static void drain_one(struct ctr_pool *p, struct ctr *c, bool is_err, int reads)
{
	static char buf[READ_BYTES];

	for (int i = 0; i < reads; i++) {
		ssize_t n = sys_read(is_err ? c->err[0] : c->out[0], buf, sizeof(buf));

		if (n <= 0)
			return;
		ring_write(&c->ring, p->now, is_err ? RING_ERR : RING_OUT, buf, (size_t)n);
		ctr_probe_output(c, buf, (size_t)n);
		echo(p, c, buf, (size_t)n);
	}
}

/* One read: what is left makes an event in the next turn, after the other streams have had theirs.
 */
void ctr_readable(struct ctr_pool *p, size_t i, bool is_err)
{
	drain_one(p, &p->ctr[i], is_err, 1);
}

void ctr_drain(struct ctr_pool *p, size_t i)
{
	if (p->ctr[i].out[0] < 0)
		return;
	drain_one(p, &p->ctr[i], false, READS_AT_END);
	drain_one(p, &p->ctr[i], true, READS_AT_END);
}

void ctr_watch_cgroup(struct ctr_pool *p, struct ctr *c)
{
	char group[CTR_PATH_MAX];

	ctr_group(c, group);
	sys_close(&c->cgroup_fd);
	c->cgroup_fd = cgroup_watch(group);
	if (c->cgroup_fd < 0)
		return;
	if (watch(p, c->cgroup_fd, EPOLLPRI, source_pack(SOURCE_CGROUP, (size_t)(c - p->ctr))) < 0)
		sys_close(&c->cgroup_fd);
}
