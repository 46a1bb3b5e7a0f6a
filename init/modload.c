#include "modload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sys.h"

enum {
	FILE_MOST = 16 * 1024 * 1024,
	NEEDS_DEPTH = 16, /* of modules that need modules */
};

char *modload_read(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	char *text = NULL;
	size_t have = 0, room;
	ssize_t n = 1;

	/* What is in /sys has no size of its own: 4 KiB. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MOST) {
		room = (size_t)st.st_size + 1;
		text = malloc(room);
		while (text && have + 1 < room && (n = read(fd, text + have, room - 1 - have)) > 0)
			have += (size_t)n;
		if (text)
			text[have] = '\0';
	}
	if (fd >= 0)
		(void)close(fd);
	return text;
}

static bool first_time(struct modload *l, struct span name)
{
	for (size_t i = 0; i < l->n_tried; i++) {
		if (l->tried[i].len == name.len && memcmp(l->tried[i].at, name.at, name.len) == 0)
			return false;
	}
	if (l->n_tried == sizeof(l->tried) / sizeof(l->tried[0]))
		return false;
	l->tried[l->n_tried++] = name;
	return true;
}

static bool load(struct modload *l, struct span name, int depth)
{
	struct span path, needs, need;
	char file[512];
	int r;

	if (!moddep_find(l->dep, name, &path, &needs) || depth > NEEDS_DEPTH)
		return false; /* built in, or not in this image */
	if (!first_time(l, modpath_name(path)))
		return true;
	while (moddep_next(&needs, &need))
		(void)load(l, modpath_name(need), depth + 1);
	r = snprintf(file, sizeof(file), "%s/%.*s", l->root, (int)path.len, path.at);
	if (r < 0 || (size_t)r >= sizeof(file))
		return true;
	r = sys_load_module(file, "");
	l->loaded += r >= 0;
	if (r < 0)
		l->error = r;
	if (r < 0 && r != -ENODEV)
		fprintf(stderr, "module %s: cannot load: %s\n", file, strerror(-r));
	return true;
}

static char *read_list(const struct modload *l, const char *name)
{
	char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s", l->root, name);
	return modload_read(AT_FDCWD, path);
}

bool modload_open(struct modload *l)
{
	struct utsname u;

	if (uname(&u) < 0)
		return false;
	(void)snprintf(l->root, sizeof(l->root), "/lib/modules/%s", u.release);
	l->alias = read_list(l, "modules.alias");
	l->dep = l->alias ? read_list(l, "modules.dep") : NULL;
	return l->dep != NULL;
}

void modload_close(struct modload *l)
{
	free(l->alias);
	free(l->dep);
	l->alias = l->dep = NULL;
}

size_t modload_alias(struct modload *l, const char *alias)
{
	const char *at = l->alias;
	struct span name;
	size_t n = 0;

	while (modalias_next(&at, alias, &name))
		n += load(l, name, 0);
	return n;
}

bool modload_name(struct modload *l, struct span name)
{
	return load(l, name, 0);
}
