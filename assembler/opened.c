/* A finished image, opened: the files that its name stands for. */
#include "opened_kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

static int read_file(struct reading *r)
{
	struct opened *o = r->o;
	int fd = open(o->file, O_RDONLY | O_CLOEXEC), e;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		e = say_error("%s: %s", o->file, strerror(errno));
	} else {
		o->size = st.st_size;
		e = piece_read_fd(r, o->file, fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return e;
}

/* What stands beside NAME-initrd.img and the like goes where a tar has it. */
static int read_beside(struct reading *r, const char *base, const char *suffix, const char *path)
{
	const char *file = arena_printf(r->o->arena, "%s%s", base, suffix);
	int fd = open(file, O_RDONLY | O_CLOEXEC), e;

	if (fd < 0)
		return errno == ENOENT ? 0 : say_error("%s: %s", file, strerror(errno));
	e = tree_put_fd(r->boot, path, 0644, fd);
	(void)close(fd);
	return e < 0 ? say_error("%s: %s", file, strerror(-e)) : 0;
}

/* The file with the system, of formats that are several files; and the initrd that finds it. */
static const struct {
	const char *root, *stage;
} several[] = {
	{"-initrd.img", NULL},
	{"-squashfs.img", "-root-initrd.img"},
	{"-erofs.img", "-root-initrd.img"},
	{"-slot.img", "-sealed-initrd.img"},
};

#define N_SEVERAL (sizeof(several) / sizeof(several[0]))

/* Which of them `name` is, or stands for, with what is in front of that in *ret_base. */
static size_t find_several(struct arena *a, const char *name, const char **ret_base)
{
	bool is_there = access(name, F_OK) == 0;

	for (size_t i = 0; i < N_SEVERAL; i++) {
		size_t n = strlen(name), m = strlen(several[i].root);

		*ret_base = name;
		if (!is_there && access(arena_printf(a, "%s%s", name, several[i].root), F_OK) == 0)
			return i;
		if (n <= m || strcmp(name + n - m, several[i].root) != 0)
			continue;
		*ret_base = arena_strndup(a, name, n - m);
		return i;
	}
	return N_SEVERAL;
}

static int read_files(struct reading *r, const char *name)
{
	const char *base;
	size_t i = find_several(r->o->arena, name, &base);

	r->o->file = name;
	if (i < N_SEVERAL)
		r->o->file = arena_printf(r->o->arena, "%s%s", base, several[i].root);
	if (read_file(r) < 0)
		return -1;
	if (i == N_SEVERAL)
		return 0;
	if (several[i].stage && read_beside(r, base, several[i].stage, "initrd.img") < 0)
		return -1;
	if (read_beside(r, base, "-kernel", "kernel") < 0)
		return -1;
	return read_beside(r, base, "-cmdline", "cmdline");
}

int opened_read(struct arena *a, const char *name, struct opened *ret)
{
	struct reading r = {.o = ret, .boot = tree_new()};
	int e;

	*ret = (struct opened){.arena = a, .root = tree_new(), .packages = json_object()};
	e = read_files(&r, name);
	if (e == 0)
		e = boot_settle(&r);
	tree_free(r.boot);
	return e < 0 ? -1 : opened_sort(ret);
}

void opened_close(struct opened *o)
{
	tree_free(o->root);
	free(o->part);
	free((void *)o->part_of);
	free(o->place);
	json_decref(o->packages);
	*o = (struct opened){0};
}

const char *opened_title(struct arena *a, const struct opened_part *p)
{
	const char *name = p->name ? p->name : p->path || !p->image ? "" : p->image;

	return arena_printf(a, "%s%s%s", p->kind, *name ? " " : "", name);
}
