/* A FAT file system: boot files. */
#include "opened_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "tool.h"

enum {
	LIST_MAX = 1 << 20, /* bytes of names: a folder that holds itself has no end */
	FAT12_NAME = 54,    /* where the kind is said */
	FAT32_NAME = 82,
	SIGNATURE = 510,
};

bool fat_is(const struct piece *p)
{
	return (piece_has(p, 0, "\xeb") || piece_has(p, 0, "\xe9")) &&
	       (piece_has(p, FAT12_NAME, "FAT1") || piece_has(p, FAT32_NAME, "FAT32")) &&
	       piece_has(p, SIGNATURE, "\x55\xaa");
}

struct fat_reader {
	struct arena *arena;
	const struct piece *piece;
	struct tree *to;
	const char *drive; /* as mtools name it: FILE@@OFFSET */
	uint64_t left;     /* files that share their bytes would never end, either */
};

static int failed(const struct fat_reader *f, const char *path, int e)
{
	return say_error("%s: %s: %s", f->piece->name, path, strerror(-e));
}

static int run(const struct fat_reader *f, const char *const argv[], int out, uint64_t most)
{
	const struct tool t = {.argv = argv, .out = out, .out_max = most};

	return tool_run(f->arena, &t) < 0
		       ? say_error("%s: its FAT file system cannot be read", f->piece->name)
		       : 0;
}

/* What the program prints, ended by NUL, or NULL. */
static char *capture(const struct fat_reader *f, const char *const argv[])
{
	int out = io_temp();
	char *text = NULL;
	struct stat st;

	if (out < 0)
		(void)failed(f, argv[0], out);
	else if (run(f, argv, out, LIST_MAX) == 0 && fstat(out, &st) == 0) {
		text = arena_alloc(f->arena, (size_t)st.st_size + 1);
		if (pread(out, text, (size_t)st.st_size, 0) != st.st_size)
			text = NULL;
	}
	if (out >= 0)
		(void)close(out);
	return text;
}

/* Names, a line each; NULL after say_error().  Without any, mdir -b fails and says only that. */
static char *list_names(const struct fat_reader *f)
{
	const char *const first[] = {"mdir", "-a", "-i", f->drive, "::", NULL};
	const char *const all[] = {"mdir", "-/", "-a", "-b", "-i", f->drive, "::", NULL};
	char *text = capture(f, first);

	if (!text)
		return NULL;
	if (strstr(text, "\nNo files\n"))
		return arena_strdup(f->arena, "");
	return capture(f, all);
}

/* path: "::/EFI/BOOT/BOOTX64.EFI" */
static int copy_file(struct fat_reader *f, const char *path)
{
	const char *const argv[] = {"mcopy", "-n", "-i", f->drive, path, "-", NULL};
	const char *to = path + strlen("::/");
	int out = io_temp(), e;
	struct stat st = {0};

	if (out < 0)
		return failed(f, path, out);
	e = run(f, argv, out, f->piece->size);
	if (e == 0 && fstat(out, &st) < 0)
		e = failed(f, path, -errno);
	if (e == 0 && (uint64_t)st.st_size > f->left)
		e = say_error("%s: its files are larger than it is", f->piece->name);
	/* Of two, a boot loader might take the other one. */
	if (e == 0 && tree_get(f->to, to))
		e = say_error("%s: there are two files '%s'", f->piece->name, to);
	f->left -= e == 0 ? (uint64_t)st.st_size : 0;
	if (e == 0 && lseek(out, 0, SEEK_SET) == 0)
		e = tree_put_fd(f->to, to, 0644, out);
	(void)close(out);
	return e < -1 ? failed(f, path, e) : e;
}

int fat_unpack(struct arena *a, const struct piece *p, struct tree *to)
{
	struct fat_reader f = {.arena = a,
		.piece = p,
		.to = to,
		.drive = arena_printf(a, "%s@@%jd", piece_path(a, p->fd), (intmax_t)p->at),
		.left = p->size};
	char *names = list_names(&f), *save;

	if (!names)
		return -1;
	for (char *path = strtok_r(names, "\n", &save); path; path = strtok_r(NULL, "\n", &save)) {
		size_t n = strlen(path);

		if (strncmp(path, "::/", 3) != 0)
			return say_error("%s: '%s' is no name", p->name, path);
		if (path[n - 1] != '/' && copy_file(&f, path) < 0)
			return -1;
	}
	return 0;
}

int fat_read(struct reading *r, const struct piece *p)
{
	struct tree *files = tree_new();
	int e = fat_unpack(r->o->arena, p, files);

	if (e == 0) {
		e = tree_graft(r->boot, r->slot ? r->slot : "", files);
		e = e < 0 ? say_error("%s: %s", p->name, strerror(-e)) : 0;
	}
	tree_free(files);
	return e;
}
