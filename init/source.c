#include "source.h"

#include <sys/epoll.h>

#include "sys.h"

int source_watch(int epfd, int fd, enum source s, int *ret_fd)
{
	int r = fd;

	*ret_fd = -1;
	if (fd < 0)
		return r;
	r = sys_epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN, source_pack(s, 0));
	if (r < 0)
		sys_close(&fd);
	*ret_fd = fd;
	return r;
}
