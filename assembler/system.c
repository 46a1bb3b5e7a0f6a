#include "system.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "files.h"
#include "inventory.h"
#include "mem.h"
#include "place.h"
#include "sbom.h"
#include "volume.h"
#include "product.h"

/* Where init mounts, and what the kernel needs before there is a /dev. */
static int put_system(struct layout *l)
{
	static const char *const folders[] = {
		"containers", "dev", "etc", "mnt", "proc", "run", "sys", "tmp", "var"};
	static const struct {
		const char *path;
		mode_t mode;
		unsigned major, minor;
	} nodes[] = {
		{"dev/console", S_IFCHR | 0600, 5, 1},
		{"dev/null", S_IFCHR | 0666, 1, 3},
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!tree_get(l->merged, folders[i]))
			r = layout_put_dir(l, folders[i], 0755);
	for (size_t i = 0; r >= 0 && i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const struct tree_inode f = {
			.mode = nodes[i].mode, .rdev = makedev(nodes[i].major, nodes[i].minor)};

		r = layout_put(l, nodes[i].path, &f);
	}
	return r;
}

static int put_clock_floor(struct layout *l)
{
	int64_t date;

	if (product_date(l->ctx, &date) < 0)
		return -1;
	return layout_put_text(
		l, "etc/nanny/clock-floor", 0644, arena_printf(l->arena, "%" PRId64 "\n", date));
}

/* A folder that is there already stays as it is, be it a symlink to one. */
static int put_rest(void *ctx, const char *path, const struct tree_inode *f)
{
	struct layout *l = ctx;
	char *real;
	int r = tree_follow(l->merged, arena_printf(l->arena, "%s/.", path), &real);
	bool is_there;

	if (r < 0)
		return say_error("/%s: %s", path, strerror(-r));
	is_there = S_ISDIR(f->mode) && tree_get(l->merged, real);
	free(real);
	return is_there ? 0 : layout_put(l, path, f);
}

static int put_modules(struct layout *l)
{
	struct tree *t = tree_new();
	char *path;
	int r = tree_follow(l->merged, "lib/modules", &path);

	if (r >= 0) {
		r = tree_graft(t, path, l->kernel->modules);
		free(path);
	}
	if (r < 0) {
		tree_free(t);
		return say_error("/lib/modules: %s", strerror(-r));
	}
	if (layout_add(l, "the kernel's modules", t) < 0)
		return -1;
	if (l->kernel->rest && tree_walk(l->kernel->rest, put_rest, l) < 0)
		return -1;
	return layout_put_text(l, "etc/nanny/modules", 0644, l->kernel->order);
}

/* What init is told of the machine it runs on: a word and its value a line. */
static int put_board(struct layout *l)
{
	const struct board *b = l->ctx->board;
	const char *text = arena_printf(l->arena, "name %s\n", b->name);

	if (b->watchdog.device)
		text = arena_printf(l->arena, "%swatchdog %s\nwatchdog-ms %" PRIu32 "\n", text,
			b->watchdog.device, b->watchdog.timeout_ms);
	if (b->reset_ram)
		text = arena_printf(l->arena, "%sreset-ram %" PRIu64 "\n", text, b->reset_ram);
	if (b->button.gpio)
		text = arena_printf(l->arena, "%sreset-button %s %s %" PRIu32 "\n", text,
			b->button.gpio, b->button.level, b->button.hold_ms);
	if (b->reset_file)
		text = arena_printf(l->arena, "%sreset-file %s\n", text, b->reset_file);
	if (b->led)
		text = arena_printf(l->arena, "%sled %s\n", text, b->led);
	return layout_put_text(l, "etc/nanny/board", 0644, text);
}

enum {
	XATTR_LINE_MAX = 8192, /* what init reads for one attribute */
};

struct xattrs {
	char *text;
	size_t size; /* 0: nothing was written */
	FILE *out;
};

/* A line is all that init takes for one; the name is already known to hold no space. */
static int put_xattr(struct xattrs *x, const char *path, const struct tree_xattr *a)
{
	const uint8_t *value = a->value;

	if (strchr(path, '\n'))
		return say_error("/%s: a file with the attribute %s cannot have a line break in "
				 "its name",
			path, a->name);
	if (2 * a->size + strlen(a->name) + strlen(path) + 3 > XATTR_LINE_MAX)
		return say_error(
			"/%s: the attribute %s is too large: %zu bytes", path, a->name, a->size);
	for (size_t i = 0; i < a->size; i++)
		(void)fprintf(x->out, "%02x", value[i]);
	(void)fprintf(x->out, " %s /%s\n", a->name, path);
	return 0;
}

static int xattr_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	for (size_t i = 0; i < f->n_xattr; i++)
		if (put_xattr(ctx, path, &f->xattr[i]) < 0)
			return -1;
	return 0;
}

/* A cpio has no xattrs (file capabilities); init sets them. */
static int put_xattrs(struct layout *l)
{
	struct xattrs x = {0};
	int r;

	x.out = mem_must(open_memstream(&x.text, &x.size));
	r = tree_walk(l->merged, xattr_visit, &x);
	if (fclose(x.out) != 0)
		r = say_error("out of memory");
	if (r >= 0 && x.size > 0)
		r = layout_put_text(l, "etc/nanny/xattrs", 0644, x.text);
	free(x.text);
	return r;
}

/* A piece without what later ones hide. */
struct part {
	const struct layout *layout;
	struct tree *claimed; /* by a later piece */
	struct tree *tree;
	struct tree_links *links;
};

static int part_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct part *p = ctx;
	const struct tree_inode *final = tree_get(p->layout->merged, path);
	const char *first;
	int r;

	if (!final || (final->mode & S_IFMT) != (f->mode & S_IFMT))
		return 0;
	if (S_ISDIR(f->mode))
		return tree_put(p->tree, path, final);
	if (tree_get(p->claimed, path))
		return 0;
	r = tree_put_file(p->claimed, path, 0, NULL, 0);
	if (r < 0)
		return r;
	first = tree_links_first(p->links, f, path);
	if (first && tree_get(p->tree, first))
		return tree_link(p->tree, path, first);
	return tree_put(p->tree, path, f);
}

enum {
	LARGE = 256 << 10, /* bytes: takes longer to compress than to look for in the cache */
};

/* Paths of large files, to be taken out of their piece. */
struct large {
	struct arena *arena;
	const char **path;
	size_t n;
};

static int large_visit(void *ctx, const char *path, const struct tree_inode *f)
{
	struct large *all = ctx;

	if (!S_ISREG(f->mode) || f->size < LARGE || f->links > 1)
		return 0;
	all->path = mem_grow(all->path, all->n + 1, sizeof(*all->path));
	all->path[all->n++] = arena_strdup(all->arena, path);
	return 0;
}

/* The file and the folders above it, as they are in the whole. */
static int take_out(struct layout *l, struct tree *from, const char *path, struct tree *to)
{
	char *folder = arena_strdup(l->arena, path);
	int r = tree_put(to, path, tree_get(from, path));

	for (char *slash = strchr(folder, '/'); r >= 0 && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = tree_put(to, folder, tree_get(l->merged, folder));
		*slash = '/';
	}
	return r < 0 ? r : tree_remove(from, path);
}

/* One changed file of the YAML's own need not mean that all of them are compressed again. */
static int split_own(struct layout *l)
{
	struct tree *own = l->segment[l->n_pieces - 1].tree;
	struct large all = {.arena = l->arena};
	int r = tree_walk(own, large_visit, &all);

	l->segment = mem_grow(l->segment, l->n_segments + all.n, sizeof(*l->segment));
	for (size_t i = 0; r >= 0 && i < all.n; i++) {
		struct tree *t = tree_new();

		l->segment[l->n_segments++] =
			(struct segment){arena_printf(l->arena, "/%s", all.path[i]), t};
		r = take_out(l, own, all.path[i], t);
	}
	free(all.path);
	return r;
}

static int cut(struct layout *l)
{
	struct part p = {.layout = l, .claimed = tree_new()};
	int r = 0;

	l->segment = mem_new(l->n_pieces * sizeof(*l->segment));
	l->n_segments = l->n_pieces;
	for (size_t i = l->n_pieces; r >= 0 && i-- > 0;) {
		p.tree = tree_new();
		p.links = tree_links_new();
		l->segment[i] = (struct segment){l->piece[i].what, p.tree};
		r = tree_walk(l->piece[i].tree, part_visit, &p);
		tree_links_free(p.links);
	}
	tree_free(p.claimed);
	if (r >= 0)
		r = split_own(l);
	return r < 0 ? say_error("cannot lay out the image: %s", strerror(-r)) : 0;
}

/* Where LinuxKit has it. */
static int put_sbom(struct layout *l)
{
	if (!l->ctx->sbom)
		return 0;
	if (sbom_finish(l->ctx, l->config, l->kernel, &l->sbom) < 0)
		return -1;
	return l->ctx->has_sbom ? layout_put_text(l, "sbom.spdx.json", 0644, l->sbom) : 0;
}

/* All of it even when a part fails: one run shows everything that is wrong. */
static int put_all(struct layout *l)
{
	static int (*const parts[])(struct layout *) = {place_init, put_modules, put_system,
		put_clock_floor, put_board, volumes_put, place_containers, files_put, put_xattrs,
		inventory_put, put_sbom};
	int r = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i](l) < 0)
			r = -1;
	return r;
}

static int make(struct layout *l)
{
	struct tree *own = l->own;

	if (put_all(l) < 0)
		return -1;
	l->own = NULL; /* a piece from here on */
	return layout_add(l, "the system's files", own) < 0 ? -1 : cut(l);
}

int system_make(
	struct image_ctx *ctx, const struct config *c, const struct kernel *k, struct layout *ret)
{
	*ret = (struct layout){
		.arena = ctx->arena,
		.ctx = ctx,
		.config = c,
		.kernel = k,
		.merged = tree_new(),
		.own = tree_new(),
	};
	return make(ret);
}

void system_free(struct layout *l)
{
	for (size_t i = 0; i < l->n_pieces; i++)
		tree_free(l->piece[i].tree);
	for (size_t i = 0; i < l->n_segments; i++)
		tree_free(l->segment[i].tree);
	free(l->piece);
	free(l->segment);
	tree_free(l->merged);
	tree_free(l->own);
	place_free(l);
	*l = (struct layout){0};
}
