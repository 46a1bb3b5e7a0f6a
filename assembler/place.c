#include "place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inventory.h"
#include "mem.h"
#include "mountpoint.h"

#define RESOLV_CONF "/run/resolvconf/resolv.conf"

/* An image that is in the layout already: others that use it share its files. */
struct placed {
	const char *digest, *path;
	struct tree *tree;   /* rooted at the image */
	struct placed *next; /* layout::placed */
};

void place_free(struct layout *l)
{
	while (l->placed) {
		struct placed *p = l->placed;

		l->placed = p->next;
		tree_free(p->tree);
		free(p);
	}
}

/* What a container engine leaves in an image, and what must be there to be mounted on. */
static int clean(struct tree *t, bool is_container)
{
	static const char *const gone[] = {
		".dockerenv", "Dockerfile", "dev/console", "dev/pts", "dev/shm", "etc/hostname"};
	static const char *const folders[] = {"dev", "dev/pts", "dev/shm", "etc", "proc", "sys"};
	static const char hosts[] = "127.0.0.1\tlocalhost\n"
				    "::1\tlocalhost ip6-localhost ip6-loopback\n";
	static const char no_dns[] = "# no name server\n";
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(gone) / sizeof(gone[0]); i++)
		r = tree_remove(t, gone[i]);
	for (size_t i = 0; r >= 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!tree_get(t, folders[i]))
			r = tree_put_dir(t, folders[i], 0755);
	if (r >= 0)
		r = tree_put_symlink(t, "etc/mtab", "/proc/mounts");
	if (r >= 0)
		r = tree_put_file(t, "etc/hosts", 0644, hosts, sizeof(hosts) - 1);
	if (r < 0)
		return r;
	if (!is_container)
		return tree_put_symlink(t, "etc/resolv.conf", RESOLV_CONF);
	return tree_put_file(t, "etc/resolv.conf", 0644, no_dns, sizeof(no_dns) - 1);
}

struct tree *place_open(struct layout *l, const struct image *img, bool is_container)
{
	struct tree *t = image_unpack(l->ctx, img);
	int r;

	if (!t)
		return NULL;
	r = clean(t, is_container);
	if (r >= 0)
		return t;
	(void)say_error("image %s: %s", img->name, strerror(-r));
	tree_free(t);
	return NULL;
}

static const char *image_piece(struct layout *l, const char *name)
{
	return arena_printf(l->arena, "image %s", name);
}

static int add_init(struct layout *l, const struct image_ref *ref)
{
	const struct image *img = image_resolve(l->ctx, ref);
	struct tree *t = img ? place_open(l, img, false) : NULL;

	if (!t)
		return -1;
	inventory_add(l, &(struct inventory_note){.kind = "init", .image = img, .files = t});
	return layout_add(l, image_piece(l, ref->name), t);
}

int place_init(struct layout *l)
{
	const struct config *c = l->config;
	const struct board *b = l->ctx->board;
	int bad = 0;

	for (size_t i = 0; i < c->n_init; i++)
		if (add_init(l, &c->init[i]) < 0)
			bad = -1;
	for (size_t i = 0; c->n_init == 0 && i < b->n_init; i++) {
		const struct image_ref ref = {b->init[i], b->kernel_at};

		if (add_init(l, &ref) < 0)
			bad = -1;
	}
	return bad;
}

int place_add(struct layout *l, const char *image, const char *path, const struct tree *files)
{
	struct tree *t = tree_new();
	int r = tree_graft(t, path, files);

	if (r < 0) {
		tree_free(t);
		return say_error("/%s: %s", path, strerror(-r));
	}
	return layout_add(l, image_piece(l, image), t);
}

static int put_dirs(struct layout *l, const char *folder, const char *const names[])
{
	for (; *names; names++)
		if (layout_put_dir(l, arena_printf(l->arena, "%s/%s", folder, *names), 0755) < 0)
			return -1;
	return 0;
}

/* The image's place; the first container that uses an image holds its files. */
static struct placed *place_image(struct layout *l, const struct image *img, const char *path)
{
	struct placed *p;
	struct tree *t;

	for (p = l->placed; p; p = p->next)
		if (strcmp(p->digest, img->digest) == 0)
			return p;
	t = place_open(l, img, true);
	if (!t || place_add(l, img->name, path, t) < 0) {
		tree_free(t);
		return NULL;
	}
	p = mem_new(sizeof(*p));
	*p = (struct placed){img->digest, path, t, l->placed};
	l->placed = p;
	return p;
}

static int put_spec(struct layout *l, const struct entry *e, const struct image *img,
	const char *folder, const struct placed *files)
{
	const struct spec_paths paths = {
		.bundle = arena_printf(l->arena, "/%s", folder),
		.lower = arena_printf(l->arena, "/%s", files->path),
	};
	struct spec spec;

	if (spec_make(l->arena, l->ctx->diag, l->config, e, &img->config, &paths, &spec) < 0)
		return -1;
	if (spec_readonly(e, &img->config) &&
		mountpoint_make(l, files->path, files->tree, spec.config_json) < 0)
		return -1;
	if (layout_put_text(l, arena_printf(l->arena, "%s/config.json", folder), 0644,
		    spec.config_json) < 0)
		return -1;
	return layout_put_text(
		l, arena_printf(l->arena, "%s/runtime.json", folder), 0644, spec.runtime_json);
}

static const char *entry_kind_name(enum entry_kind kind)
{
	static const char *const names[] = {
		[ENTRY_ONBOOT] = "onboot",
		[ENTRY_ONSHUTDOWN] = "onshutdown",
		[ENTRY_SERVICE] = "service",
	};

	return names[kind];
}

static int add_container(struct layout *l, const struct entry *e, const char *folder)
{
	static const char *const writable[] = {"tmp", "rootfs", NULL};
	static const char *const readonly[] = {"rootfs", NULL};
	struct image *img = image_resolve(l->ctx, &e->image);
	const struct placed *files;
	bool is_readonly;

	if (!img)
		return -1;
	is_readonly = spec_readonly(e, &img->config);
	if (put_dirs(l, folder, is_readonly ? readonly : writable) < 0)
		return -1;
	files = place_image(
		l, img, arena_printf(l->arena, "%s/%s", folder, is_readonly ? "rootfs" : "lower"));
	if (!files)
		return -1;
	inventory_add(l, &(struct inventory_note){.kind = entry_kind_name(e->kind),
				 .name = e->name,
				 .image = img,
				 .path = folder});
	if (img->config.user)
		img->config.accounts = accounts_read(l->arena, files->tree);
	return put_spec(l, e, img, folder, files);
}

static int add_list(struct layout *l, const char *kind, const struct entry *e, size_t n)
{
	bool is_service = strcmp(kind, "services") == 0;
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		const char *folder =
			is_service ? arena_printf(l->arena, "containers/services/%s", e[i].name)
				   : arena_printf(l->arena, "containers/%s/%03zu-%s", kind, i,
					     e[i].name);

		if (add_container(l, &e[i], folder) < 0)
			bad = -1;
	}
	return bad;
}

int place_containers(struct layout *l)
{
	const struct config *c = l->config;
	int bad = 0;

	if (add_list(l, "onboot", c->onboot, c->n_onboot) < 0)
		bad = -1;
	if (add_list(l, "onshutdown", c->onshutdown, c->n_onshutdown) < 0)
		bad = -1;
	if (add_list(l, "services", c->services, c->n_services) < 0)
		bad = -1;
	return bad;
}
