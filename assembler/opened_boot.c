/* Boot files: the kernel and the initrds in them, wherever a boot loader wants them. */
#include "opened_kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diag.h"
#include "mem.h"
#include "newc.h"
#include "pe.h"

enum {
	BOOT_FILE_MAX = 1 << 30, /* bytes; more than any loader takes */
};

/* ------------------------------------------------------------------ unified kernel images */

/* A program's section, by name; 0, or -errno as pe_part(). */
static int find_section(const struct piece *p, const char *name, struct pe_part *ret)
{
	for (size_t i = 0;; i++) {
		int e = pe_part(p->data, p->size, i, ret);

		if (e < 0 || strcmp(ret->name, name) == 0)
			return e;
	}
}

bool uki_is(const struct piece *p)
{
	struct pe_part linux_part;

	return piece_has(p, 0, "MZ") && find_section(p, ".linux", &linux_part) != -ENOENT;
}

static const char *beside(struct reading *r, const char *name)
{
	const char *slot = r->slot ? r->slot : "";

	return arena_printf(r->o->arena, "%s%s%s", slot, *slot ? "/" : "", name);
}

/*
 * What is left when kernel, command line and initrd are taken out: the stub, without the table of
 * sections, which differs when one of the others has another size.
 */
static int put_stub(struct reading *r, const struct piece *p, const char *to)
{
	uint8_t *rest = mem_new(p->size);
	struct pe_part s;
	size_t n = 0;
	int e;

	for (size_t i = 0; (e = pe_part(p->data, p->size, i, &s)) == 0; i++) {
		if (strcmp(s.name, ".linux") == 0 || strcmp(s.name, ".initrd") == 0 ||
			strcmp(s.name, ".cmdline") == 0)
			continue;
		if (s.size > p->size - n)
			break; /* sections that lie on each other */
		memcpy(rest + n, p->data + s.at, s.size);
		n += s.size;
	}
	e = e == -ENOENT ? tree_put_file(r->boot, to, 0644, rest, n) : -EBADMSG;
	free(rest);
	return e;
}

static int take_apart(struct reading *r, const struct piece *p, const char *stub)
{
	static const struct {
		const char *section, *name;
	} parts[] = {{".linux", "kernel"}, {".cmdline", "cmdline"}, {".initrd", "initrd.img"}};
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct pe_part s;

		e = find_section(p, parts[i].section, &s);
		if (e == 0)
			e = tree_put_file(
				r->boot, beside(r, parts[i].name), 0644, p->data + s.at, s.size);
		else if (e == -ENOENT && i > 0)
			e = 0;
	}
	if (e == 0)
		e = put_stub(r, p, stub);
	return e < 0 ? say_error("%s: a unified kernel image that cannot be taken apart: %s",
			       p->name,
			       e == -EBADMSG ? "a section reaches beyond its end: cut short?"
					     : strerror(-e))
		     : 0;
}

int uki_read(struct reading *r, const struct piece *p)
{
	return take_apart(r, p, "stub.efi");
}

/* ------------------------------------------------------------------ among boot files */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

/* Content in memory; the caller frees it.  NULL after say_error(). */
static uint8_t *load(struct reading *r, const char *path, const struct tree_inode *f)
{
	uint8_t *data;

	if (f->size > BOOT_FILE_MAX) {
		(void)say_error(
			"%s: %s: larger than %d MiB", r->o->file, path, BOOT_FILE_MAX >> 20);
		return NULL;
	}
	data = mem_new((size_t)f->size);
	for (off_t at = 0; at < f->size;) {
		ssize_t n = tree_read(r->boot, f, data + at, (size_t)(f->size - at), at);

		if (n <= 0) {
			free(data);
			(void)say_error("%s: %s: cannot be read", r->o->file, path);
			return NULL;
		}
		at += n;
	}
	return data;
}

static int open_program(struct reading *r, const char *path, const struct piece *p)
{
	r->slot = strncmp(path, "a/", 2) == 0 ? "a" : strncmp(path, "b/", 2) == 0 ? "b" : "";
	return uki_is(p) ? take_apart(r, p, path) : 0;
}

/* The first is the system, unless there is one; of another, the files stand in a folder. */
static int open_initrd(struct reading *r, const char *path, const struct piece *p)
{
	const char *slash = strrchr(path, '/');
	struct tree *t;
	int e;

	if (!newc_is(p->data, p->size))
		return 0;
	t = tree_new();
	e = newc_read(p->name, p->data, p->size, t);
	if (e == 0)
		e = tree_remove(r->boot, path);
	if (e == 0 && !r->has_root)
		e = tree_graft(r->o->root, "", t);
	else if (e == 0)
		e = tree_graft(r->boot,
			arena_printf(r->o->arena, "%.*sinitrd", slash ? (int)(slash + 1 - path) : 0,
				path),
			t);
	r->has_root = true;
	tree_free(t);
	return e < -1 ? say_error("%s: %s", p->name, strerror(-e)) : e;
}

typedef int opener(struct reading *r, const char *path, const struct piece *p);

struct chosen {
	struct reading *r;
	const char *const *ends;
	const char **path;
	size_t n;
};

static int choose(void *ctx, const char *path, const struct tree_inode *f)
{
	struct chosen *c = ctx;

	for (size_t i = 0; S_ISREG(f->mode) && c->ends[i]; i++) {
		if (!ends_with(path, c->ends[i]))
			continue;
		c->path = mem_grow(c->path, c->n + 1, sizeof(*c->path));
		c->path[c->n++] = arena_strdup(c->r->o->arena, path);
		break;
	}
	return 0;
}

static int open_one(struct reading *r, const char *path, opener *open)
{
	const struct tree_inode *f = tree_get(r->boot, path);
	uint8_t *data = load(r, path, f);
	const struct piece p = {
		.name = arena_printf(r->o->arena, "%s: %s", r->o->file, path),
		.data = data,
		.size = (uint64_t)f->size,
		.fd = -1,
	};
	int e = data ? open(r, path, &p) : -1;

	free(data);
	return e;
}

/* Of two slots with the same file, that of the second stays as it is. */
static bool is_twin(const struct reading *r, const char *path)
{
	const struct tree_inode *f = tree_get(r->boot, path), *twin;

	if (strncmp(path, "b/", 2) != 0)
		return false;
	twin = tree_get(r->boot, arena_printf(r->o->arena, "a/%s", path + 2));
	return twin && S_ISREG(twin->mode) && memcmp(twin->sha256, f->sha256, 32) == 0;
}

static int open_all(struct reading *r, const char *const ends[], opener *open)
{
	struct chosen c = {.r = r, .ends = ends};
	int e = tree_walk(r->boot, choose, &c);

	/* The last first, so that the twin of one in b is still there. */
	for (size_t i = c.n; e >= 0 && i-- > 0;)
		if (!is_twin(r, c.path[i]))
			e = open_one(r, c.path[i], open);
	free(c.path);
	return e;
}

int boot_settle(struct reading *r)
{
	static const char *const programs[] = {".efi", NULL};
	static const char *const initrds[] = {"initrd.img", NULL};
	int e = open_all(r, programs, open_program);

	if (e >= 0)
		e = open_all(r, initrds, open_initrd);
	if (e < 0)
		return -1;
	e = tree_graft(r->o->root, "boot", r->boot);
	return e < 0 ? say_error("%s: %s", r->o->file, strerror(-e)) : 0;
}
