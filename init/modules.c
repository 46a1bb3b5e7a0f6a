#include "modules.h"

#include <fcntl.h>
#include <string.h>

#include "log.h"
#include "sys.h"

static void load(char *line)
{
	char *params = strchr(line, ' ');
	int r;

	if (params)
		*params++ = '\0';
	r = sys_load_module(line, params ? params : "");
	if (r < 0)
		(void)log_errno(r, "module %s: cannot load", line);
}

void modules_load(const char *path, void (*after)(void *ctx, const char *module), void *ctx)
{
	static char list[16384]; /* taken by the kernel only while it is touched here */
	int fd = sys_open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return;
	n = sys_read(fd, list, sizeof(list) - 1);
	sys_close(&fd);
	if (n <= 0)
		return;
	if (n == (ssize_t)sizeof(list) - 1)
		log_warn("modules: the list is longer than %zu bytes", sizeof(list) - 1);
	list[n] = '\0';
	for (char *line = list, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (!*line)
			continue;
		load(line);
		after(ctx, line);
	}
}
