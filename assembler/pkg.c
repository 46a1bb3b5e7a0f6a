#include "pkg.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deb.h"
#include "json.h"
#include "oci.h"
#include "sha256.h"

/* Part of what an image is made of: goes up when the same inputs give another image. */
#define FORMAT "1"

/* One component on its way into a tree. */
struct pkg {
	struct image_ctx *ctx;
	struct arena *arena;
	const struct component *c;
	struct tree *tree;
};

static const char *binary_path(const struct pkg *p, const char *name)
{
	return arena_printf(p->arena, "%s/build/%s/%s", p->ctx->root, p->ctx->board->machine, name);
}

static const char *file_path(const struct pkg *p, const char *name)
{
	return arena_printf(p->arena, "%s/%s", p->c->dir, name);
}

static const struct lock_entry *pinned(struct pkg *p, const struct component_package *package)
{
	const char *arch = p->ctx->board->arch;
	const struct lock_entry *e = lock_find(p->ctx->lock, package->name, arch);

	if (!e)
		diag_error(p->ctx->diag, package->at, "package '%s' is not in %s for %s",
			package->name, p->ctx->lock->file, arch);
	return e;
}

static void sum_string(struct sha256 *sum, const char *s)
{
	sha256_add(sum, s, strlen(s) + 1);
}

static int sum_file(struct pkg *p, struct sha256 *sum, const char *path)
{
	uint8_t content[32];
	int r = sha256_file(path, content);

	stamp_input(p->ctx->stamp, path);
	if (r == 0)
		sha256_add(sum, content, sizeof(content));
	return r;
}

static int sum_binaries(struct pkg *p, struct sha256 *sum)
{
	const struct component *c = p->c;

	for (size_t i = 0; i < c->n_binaries; i++) {
		const char *path = binary_path(p, c->binaries[i].from);
		int r = sum_file(p, sum, path);

		if (r == -ENOENT)
			return say_error("%s is not built yet: run `make build/%s/%s`", path,
				p->ctx->board->machine, c->binaries[i].from);
		if (r < 0)
			return say_error("%s: %s", path, strerror(-r));
	}
	return 0;
}

static int sum_files(struct pkg *p, struct sha256 *sum)
{
	const struct component *c = p->c;
	int bad = 0;

	for (size_t i = 0; i < c->n_files; i++) {
		const char *path = file_path(p, c->files[i].from);
		int r = sum_file(p, sum, path);

		if (r < 0) {
			diag_error(p->ctx->diag, c->files[i].at, "'%s': %s", path, strerror(-r));
			bad = -1;
		}
	}
	for (size_t i = 0; i < c->n_packages; i++) {
		const struct lock_entry *e = pinned(p, &c->packages[i]);

		if (e)
			sum_string(sum, e->sha256);
		else
			bad = -1;
	}
	return bad;
}

/* Over all that the image depends on; build.yml stands for every name, mode and target in it. */
static int sum_inputs(struct pkg *p, char ret_hex[65])
{
	const char *yml = file_path(p, "build.yml");
	struct sha256 sum;
	uint8_t all[32];
	int r;

	sha256_begin(&sum);
	sum_string(&sum, FORMAT);
	sum_string(&sum, p->ctx->board->arch);
	r = sum_file(p, &sum, yml);
	if (r < 0)
		return say_error("%s: %s", yml, strerror(-r));
	if (sum_files(p, &sum) < 0 || sum_binaries(p, &sum) < 0)
		return -1;
	sha256_end(&sum, all);
	sha256_hex(all, ret_hex);
	return 0;
}

/* Which of a package's files are wanted. */
struct pick {
	struct pkg *pkg;
	const struct component_package *package;
	const char ***put; /* by file: where it went, NULL-terminated */
	size_t *n_put;
};

static const char *picked_path(
	struct pick *k, const struct component_file *f, const char *path, size_t nth)
{
	const char *base = strrchr(path, '/');
	size_t n = strlen(f->to);

	if (f->join)
		return arena_printf(k->pkg->arena, "%s.%zu", f->to, nth);
	if (n == 0 || f->to[n - 1] != '/')
		return f->to;
	return arena_printf(k->pkg->arena, "%s%s", f->to, base ? base + 1 : path);
}

/* /lib is /usr/lib and so on; a package made before that was so still says /lib. */
static bool is_path(const char *pattern, const char *path)
{
	return fnmatch(pattern, path, FNM_PATHNAME) == 0 ||
	       (strncmp(pattern, "usr/lib/", 8) == 0 &&
		       fnmatch(pattern + 4, path, FNM_PATHNAME) == 0);
}

static const char *pick(void *ctx, const char *path)
{
	struct pick *k = ctx;

	for (size_t i = 0; i < k->package->n_files; i++) {
		const struct component_file *f = &k->package->files[i];
		const char **grown;

		if (!is_path(f->from, path))
			continue;
		grown = arena_alloc(k->pkg->arena, (k->n_put[i] + 1) * sizeof(*grown));
		for (size_t j = 0; j < k->n_put[i]; j++)
			grown[j] = k->put[i][j];
		k->put[i] = grown;
		grown[k->n_put[i]] = picked_path(k, f, path, k->n_put[i]);
		return grown[k->n_put[i]++];
	}
	return NULL;
}

/* An image belongs to root, whoever the package says; build.yml may change the mode. */
static int own(struct pkg *p, const char *path, int mode)
{
	const struct tree_inode *f = tree_get(p->tree, path);
	struct tree_inode mine;

	if (!f)
		return 0;
	if (f->uid == 0 && f->gid == 0 && (mode < 0 || S_ISLNK(f->mode)))
		return 0;
	mine = *f;
	mine.uid = 0;
	mine.gid = 0;
	if (mode >= 0 && !S_ISLNK(f->mode))
		mine.mode = (f->mode & S_IFMT) | ((mode_t)mode & 07777);
	return tree_put(p->tree, path, &mine);
}

/* Reads one piece after the other. */
struct join {
	const struct tree *tree;
	const char **pieces;
	size_t n, at;
	off_t done;
};

static ssize_t join_read(void *ctx, void *buf, size_t size)
{
	struct join *j = ctx;
	ssize_t n = 0;

	while (j->at < j->n) {
		const struct tree_inode *f = tree_get(j->tree, j->pieces[j->at]);

		n = f ? tree_read(j->tree, f, buf, size, j->done) : 0;
		if (n != 0)
			break;
		j->at++;
		j->done = 0;
	}
	j->done += n > 0 ? n : 0;
	return n;
}

static int join(struct pick *k, size_t i)
{
	const struct component_file *f = &k->package->files[i];
	struct tree *t = k->pkg->tree;
	struct join j = {.tree = t, .pieces = k->put[i], .n = k->n_put[i]};
	struct tree_inode all = {.mode = S_IFREG | 0644};
	int r = tree_store(join_read, &j, &all);

	for (size_t n = 0; r >= 0 && n < j.n; n++)
		r = tree_remove(t, j.pieces[n]);
	if (r >= 0)
		r = tree_put(t, f->to, &all);
	if (r < 0)
		return say_error("%s: %s", f->to, strerror(-r));
	k->put[i][0] = f->to;
	k->n_put[i] = 1;
	return 0;
}

static int check_picked(struct pick *k)
{
	int bad = 0;

	for (size_t i = 0; i < k->package->n_files; i++) {
		const struct component_file *f = &k->package->files[i];

		if (k->n_put[i] == 0) {
			diag_error(k->pkg->ctx->diag, f->at, "package '%s' has no file '%s'",
				k->package->name, f->from);
			bad = -1;
		}
		if (f->join && k->n_put[i] > 0 && join(k, i) < 0)
			return -1;
		for (size_t j = 0; j < k->n_put[i]; j++)
			if (own(k->pkg, k->put[i][j], f->mode) < 0)
				bad = say_error("%s: cannot be put", k->put[i][j]);
	}
	return bad;
}

static int add_package(struct pkg *p, const struct component_package *package)
{
	const struct lock_entry *e = pinned(p, package);
	const char *deb = e ? deb_fetch(p->arena, e) : NULL;
	struct pick k = {.pkg = p, .package = package};

	if (!deb)
		return -1;
	k.put = arena_alloc(p->arena, package->n_files * sizeof(*k.put));
	k.n_put = arena_alloc(p->arena, package->n_files * sizeof(*k.n_put));
	if (deb_extract(deb, p->tree, pick, &k) < 0)
		return -1;
	return check_picked(&k);
}

static int add_file(struct pkg *p, const char *path, const struct component_file *f, int mode)
{
	const char *base = strrchr(path, '/') + 1;
	size_t n = strlen(f->to);
	const char *to =
		n > 0 && f->to[n - 1] == '/' ? arena_printf(p->arena, "%s%s", f->to, base) : f->to;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return say_error("%s: %s", path, strerror(errno));
	r = tree_put_fd(p->tree, to, (mode_t)(f->mode >= 0 ? f->mode : mode), fd);
	(void)close(fd);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

static int add_links(struct pkg *p)
{
	const struct component *c = p->c;
	int r;

	for (size_t i = 0; i < c->n_directories; i++) {
		r = tree_put_dir(p->tree, c->directories[i], 0755);
		if (r < 0)
			return say_error("%s: %s: %s", c->dir, c->directories[i], strerror(-r));
	}
	for (size_t i = 0; i < c->n_symlinks; i++) {
		r = tree_put_symlink(p->tree, c->symlinks[i].from, c->symlinks[i].to);
		if (r < 0)
			return say_error("%s: %s: %s", c->dir, c->symlinks[i].from, strerror(-r));
	}
	return 0;
}

static int fill_tree(struct pkg *p)
{
	const struct component *c = p->c;
	int r = 0;

	for (size_t i = 0; i < c->n_packages; i++)
		if (add_package(p, &c->packages[i]) < 0)
			r = -1;
	for (size_t i = 0; r == 0 && i < c->n_binaries; i++)
		r = add_file(p, binary_path(p, c->binaries[i].from), &c->binaries[i], 0755);
	for (size_t i = 0; r == 0 && i < c->n_files; i++)
		r = add_file(p, file_path(p, c->files[i].from), &c->files[i], 0644);
	return r < 0 ? r : add_links(p);
}

static int put_image(struct pkg *p, const char *inputs)
{
	json_t *config = p->c->config ? json_from_yaml(p->c->config) : NULL;
	char *label = config ? json_dumps(config, JSON_COMPACT) : NULL;
	const struct oci_new image = {
		.ref = p->c->image,
		.arch = image_arch(p->ctx->board->arch),
		.tree = p->tree,
		.label = label,
		.inputs = inputs,
	};
	int r = oci_put(p->arena, image_layout(p->ctx), &image);

	free(label);
	json_decref(config);
	return r;
}

struct tree *pkg_tree(struct image_ctx *ctx, const struct component *c)
{
	struct pkg p = {.ctx = ctx, .arena = ctx->arena, .c = c, .tree = tree_new()};
	char inputs[65];

	/* Summed up for what is wrong with the inputs, and for the build to know them again. */
	if (sum_inputs(&p, inputs) == 0 && fill_tree(&p) == 0)
		return p.tree;
	tree_free(p.tree);
	return NULL;
}

static bool has_layers(const struct oci_image *image)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (access(image->layer[i].file, R_OK) < 0)
			return false;
	return true;
}

int pkg_build(struct image_ctx *ctx, const struct component *c)
{
	struct pkg p = {.ctx = ctx, .arena = ctx->arena, .c = c};
	struct oci_image there;
	char inputs[65];
	int r;

	if (sum_inputs(&p, inputs) < 0)
		return -1;
	/* A damaged image is made again like one that is not there. */
	if (oci_find(ctx->arena, image_layout(ctx), c->image, image_arch(ctx->board->arch),
		    &there) == OCI_FOUND &&
		there.inputs && strcmp(there.inputs, inputs) == 0 && has_layers(&there))
		return 0;
	say_progress("packing %s", c->image);
	p.tree = tree_new();
	r = fill_tree(&p);
	if (r >= 0)
		r = put_image(&p, inputs);
	tree_free(p.tree);
	return r;
}
