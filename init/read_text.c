#include "read_text.h"

#include <fcntl.h>
#include <sys/types.h>

#include "sys.h"

const char *read_text(const char *path, char *buf, size_t size)
{
	int fd = sys_open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : sys_read(fd, buf, size - 1);

	sys_close(&fd);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}
