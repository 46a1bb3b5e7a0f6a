#include "read_text.h"

#include <fcntl.h>
#include <string.h>
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

const char *read_text_value(const char *text, const char *word, char *ret, size_t size)
{
	size_t k = strlen(word);

	ret[0] = '\0';
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t n = strcspn(p, "\n");

		if (n > k && strncmp(p, word, k) == 0 && p[k] == ' ' && n - k - 1 < size) {
			memcpy(ret, p + k + 1, n - k - 1);
			ret[n - k - 1] = '\0';
		}
	}
	return ret;
}
