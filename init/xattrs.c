#include "xattrs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "log.h"
#include "sys.h"

enum {
	VALUE_MAX = 4096,
	LINE_MAX_BYTES = 2 * VALUE_MAX + 512,
};

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* In place: the bytes are never longer than their digits.  -1: not two digits for each. */
static int from_hex(char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		text[i / 2] = (char)(high << 4 | low);
	}
	return (int)(n / 2);
}

static bool apply_line(char *line)
{
	char *name = strchr(line, ' ');
	char *path = name ? strchr(name + 1, ' ') : NULL;
	int size, r;

	if (!path) {
		log_warn("xattrs: a line has no three fields");
		return false;
	}
	*name++ = '\0';
	*path++ = '\0';
	size = from_hex(line);
	if (size < 0) {
		log_warn("xattrs: %s: its value is not in hexadecimal digits", path);
		return false;
	}
	r = sys_setxattr(path, name, line, (size_t)size);
	if (r < 0)
		(void)log_errno(r, "xattrs: cannot set %s of %s", name, path);
	return r == 0;
}

unsigned xattrs_apply(const char *list)
{
	static char buf[LINE_MAX_BYTES];
	int fd = sys_open(list, O_RDONLY);
	unsigned bad = 0;
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while ((n = sys_read(fd, buf + have, sizeof(buf) - 1 - have)) > 0) {
		char *line = buf, *nl;

		have += (size_t)n;
		buf[have] = '\0';
		while ((nl = strchr(line, '\n'))) {
			*nl = '\0';
			bad += !apply_line(line);
			line = nl + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == sizeof(buf) - 1) {
			log_warn("xattrs: a line is longer than %d bytes", LINE_MAX_BYTES - 1);
			bad++;
			break;
		}
	}
	sys_close(&fd);
	return bad;
}
