#include "fat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "tool.h"

enum {
	MIB = 1 << 20,
	CLUSTER = 32 << 10, /* the largest mkfs.vfat chooses for what we make */
};

static int count(void *ctx, const char *path, const struct tree_inode *f)
{
	off_t *sum = ctx;

	(void)path;
	*sum += (f->size + CLUSTER) / CLUSTER * CLUSTER;
	return 0;
}

off_t fat_size(const struct tree *t)
{
	off_t sum = MIB; /* the root folder and reserved sectors */

	(void)tree_walk(t, count, &sum);
	sum += sum / 128; /* two tables of up to 4 bytes for each cluster of 4 KiB or more */
	return (sum + MIB - 1) / MIB * MIB;
}

struct fat_writer {
	const struct fat *fat;
	const struct tree *tree;
	const char *drive; /* as mtools name it: FILE@@OFFSET */
};

/*
 * The content as a file of its own for mcopy.  Not through its standard input: mcopy 4.0.32 reads
 * from there, and ends with status 0 when the file system is full.
 */
static int open_content(const struct fat_writer *w, const char *path, const struct tree_inode *f)
{
	FILE *file = tmpfile();
	int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
	int r = fd < 0 ? -errno : io_write_inode(fd, w->tree, f);

	if (file)
		(void)fclose(file);
	if (r < 0 && fd >= 0)
		(void)close(fd);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : fd;
}

static int copy_file(const struct fat_writer *w, const char *path, const struct tree_inode *f)
{
	struct arena *a = w->fat->arena;
	int fd = open_content(w, path, f), r;
	const char *const argv[] = {"mcopy", "-i", w->drive,
		arena_printf(a, "/proc/%d/fd/%d", (int)getpid(), fd),
		arena_printf(a, "::/%s", path), NULL};
	const struct tool t = {.argv = argv, .date = w->fat->date};

	if (fd < 0)
		return -1;
	r = tool_run(a, &t);
	(void)close(fd);
	return r;
}

static int make_folder(const struct fat_writer *w, const char *path)
{
	struct arena *a = w->fat->arena;
	const char *const argv[] = {"mmd", "-i", w->drive, arena_printf(a, "::/%s", path), NULL};
	const struct tool t = {.argv = argv, .date = w->fat->date};

	return tool_run(a, &t);
}

static int visit(void *ctx, const char *path, const struct tree_inode *f)
{
	const struct fat_writer *w = ctx;

	if (S_ISDIR(f->mode))
		return make_folder(w, path);
	if (S_ISREG(f->mode))
		return copy_file(w, path, f);
	return say_error("%s: a FAT file system has only files and folders", path);
}

/* mkfs.vfat counts in KiB and does not cut what lies behind. */
static int make_empty(const struct fat *f, const char *path, off_t at, off_t size)
{
	struct arena *a = f->arena;
	const char *const argv[] = {"mkfs.vfat", "--invariant", "-i",
		arena_printf(a, "%08" PRIx32, f->id), "-n", f->label, "--offset",
		arena_printf(a, "%jd", (intmax_t)at / 512), "-h",
		arena_printf(a, "%jd", (intmax_t)at / 512), path,
		arena_printf(a, "%jd", (intmax_t)size / 1024), NULL};
	const struct tool t = {.argv = argv, .date = f->date};
	struct stat st;

	if (stat(path, &st) < 0 || (st.st_size < at + size && truncate(path, at + size) < 0))
		return say_error("%s: %s", path, strerror(errno));
	return tool_run(a, &t);
}

int fat_write(const struct fat *f, const struct tree *t, const char *path, off_t at, off_t size)
{
	struct fat_writer w = {.fat = f, .tree = t};

	w.drive = arena_printf(f->arena, "%s@@%jd", path, (intmax_t)at);
	if (make_empty(f, path, at, size) < 0 || (f->begin && f->begin(f->ctx, path, at) < 0))
		return -1;
	return tree_walk(t, visit, &w) < 0 ? -1 : 0;
}
