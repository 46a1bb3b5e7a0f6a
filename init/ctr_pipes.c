#include "ctr_pipes.h"

#include <sys/epoll.h>

#include "cgroup.h"
#include "ctr_path.h"
#include "source.h"
#include "sys.h"

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
