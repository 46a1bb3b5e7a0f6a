/*
 * nanny-coldplug: every device that asks for a module (its "modalias" in /sys) gets it, with what
 * the module needs.  A driver brings new devices, so this is done until nothing new is loaded.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "helper.h"
#include "modalias.h"
#include "sys.h"

enum {
	FILE_MOST = 16 * 1024 * 1024,
	DEPTH = 24,       /* of the tree of devices */
	NEEDS_DEPTH = 16, /* of modules that need modules */
	PASSES = 16,
};

struct plan {
	char root[128]; /* "/lib/modules/6.12.0" */
	char *alias, *dep;
	struct span tried[1024]; /* names; each once */
	size_t n_tried, loaded;
};

static char *read_file(int at, const char *name)
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

static bool first_time(struct plan *p, struct span name)
{
	for (size_t i = 0; i < p->n_tried; i++) {
		if (p->tried[i].len == name.len && memcmp(p->tried[i].at, name.at, name.len) == 0)
			return false;
	}
	if (p->n_tried == sizeof(p->tried) / sizeof(p->tried[0]))
		return false;
	p->tried[p->n_tried++] = name;
	return true;
}

static void load(struct plan *p, struct span name, int depth)
{
	struct span path, needs, need;
	char file[512];
	int r;

	if (!moddep_find(p->dep, name, &path, &needs) || depth > NEEDS_DEPTH)
		return; /* built in, or not in this image */
	if (!first_time(p, modpath_name(path)))
		return;
	while (moddep_next(&needs, &need))
		load(p, modpath_name(need), depth + 1);
	r = snprintf(file, sizeof(file), "%s/%.*s", p->root, (int)path.len, path.at);
	if (r < 0 || (size_t)r >= sizeof(file))
		return;
	r = sys_load_module(file, "");
	p->loaded += r >= 0;
	if (r < 0 && r != -ENODEV)
		fprintf(stderr, "module %s: cannot load: %s\n", file, strerror(-r));
}

static void take_device(struct plan *p, int dir)
{
	char *modalias = read_file(dir, "modalias");
	const char *at = p->alias;
	struct span name;

	if (!modalias)
		return;
	modalias[strcspn(modalias, "\n")] = '\0';
	while (*modalias && modalias_next(&at, modalias, &name))
		load(p, name, 0);
	free(modalias);
}

/* fd is closed. */
static void walk(struct plan *p, int fd, int depth)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	take_device(p, fd);
	while (depth < DEPTH && (e = readdir(d))) {
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			walk(p,
				openat(fd, e->d_name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				depth + 1);
	}
	(void)closedir(d);
}

static char *read_list(const struct plan *p, const char *name)
{
	char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s", p->root, name);
	return read_file(AT_FDCWD, path);
}

int coldplug(void)
{
	static struct plan p;
	struct utsname u;
	size_t before;
	int passes = 0;

	if (uname(&u) < 0)
		return 1;
	(void)snprintf(p.root, sizeof(p.root), "/lib/modules/%s", u.release);
	p.alias = read_list(&p, "modules.alias");
	p.dep = p.alias ? read_list(&p, "modules.dep") : NULL;
	if (!p.dep) {
		free(p.alias);
		return COLDPLUG_NOTHING;
	}
	do {
		before = p.loaded;
		walk(&p, open("/sys/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
	} while (p.loaded > before && ++passes < PASSES);
	if (p.loaded)
		fprintf(stderr, "coldplug: %zu modules loaded\n", p.loaded);
	free(p.alias);
	free(p.dep);
	return 0;
}

int helper_coldplug(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return coldplug();
}
