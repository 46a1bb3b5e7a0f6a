#include "footer_read.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int footer_read(const char *device, uint8_t ret[SLOT_FOOTER], uint64_t *ret_size)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	int r = size < 0 ? -errno : size < SLOT_FOOTER ? -EFBIG : 0;
	ssize_t n = 0;

	for (off_t at = 0; r == 0 && at < SLOT_FOOTER; at += n) {
		n = pread(fd, ret + at, (size_t)(SLOT_FOOTER - at), size - SLOT_FOOTER + at);
		if (n <= 0)
			r = n < 0 ? -errno : -EIO;
	}
	if (fd >= 0)
		(void)close(fd);
	*ret_size = (uint64_t)(size < 0 ? 0 : size);
	return r;
}
