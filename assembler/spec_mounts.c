/* The mounts inside of a container: one for each destination, sorted, so that parents come first.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/policy.h"
#include "schema_look.h"
#include "spec_part.h"

struct mount {
	const char *destination, *type, *source;
	json_t *options, *uids, *gids; /* NULL: none */
};

struct mounts {
	const struct spec_in *in;
	struct mount *mount;
	size_t n, size;
};

static const char *const proc_options[] = {"nosuid", "nodev", "noexec", "relatime", NULL};
static const char *const dev_options[] = {"nosuid", "strictatime", "mode=755", "size=65536k", NULL};
static const char *const pts_options[] = {
	"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", NULL};
static const char *const sys_options[] = {"nosuid", "noexec", "nodev", NULL};
static const char *const cgroup_options[] = {"nosuid", "noexec", "nodev", "relatime", "ro", NULL};
static const char *const notify_options[] = {"bind", "nosuid", "noexec", "nodev", NULL};
static const char *const bind_options[] = {"rw", "rbind", "rshared", NULL};

static json_t *option_list(const char *const *options)
{
	json_t *list = json_array();

	for (; *options; options++)
		spec_add(list, json_string(*options));
	return list;
}

static void free_values(struct mount *m)
{
	json_decref(m->options);
	json_decref(m->uids);
	json_decref(m->gids);
}

/* A later mount on the same place takes the place of the earlier one. */
static void put(struct mounts *s, struct mount m)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->mount[i].destination, m.destination) != 0)
			continue;
		free_values(&s->mount[i]);
		s->mount[i] = m;
		return;
	}
	if (s->n == s->size) {
		struct mount *more;

		s->size = s->size ? s->size * 2 : 16;
		more = arena_alloc(s->in->a, s->size * sizeof(*more));
		if (s->n)
			memcpy(more, s->mount, s->n * sizeof(*more));
		s->mount = more;
	}
	s->mount[s->n++] = m;
}

/* As Docker mounts them, without /dev/shm and /dev/mqueue (LinuxKit's choice). */
static void put_defaults(struct mounts *s)
{
	static const struct {
		const char *destination, *type, *source;
		const char *const *options;
		bool follows_root; /* read-only when the root is */
	} defaults[] = {
		{"/proc", "proc", "proc", proc_options, false},
		{"/dev", "tmpfs", "tmpfs", dev_options, true},
		{"/dev/pts", "devpts", "devpts", pts_options, false},
		{"/sys", "sysfs", "sysfs", sys_options, true},
		{"/sys/fs/cgroup", "cgroup", "cgroup", cgroup_options, false},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		struct mount m = {defaults[i].destination, defaults[i].type, defaults[i].source,
			option_list(defaults[i].options), NULL, NULL};

		if (defaults[i].follows_root && s->in->readonly)
			spec_add(m.options, json_string("ro"));
		put(s, m);
	}
}

static void add_options(json_t *list, const struct part *p)
{
	const char *text = p->text, *end = p->text + p->len;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		size_t len = (size_t)((comma ? comma : end) - text);

		spec_add(list, json_stringn(text, len));
		text += len + 1;
	}
}

static const char *part_text(struct arena *a, const struct part *p)
{
	return arena_strndup(a, p->text, p->len);
}

static void put_tmpfs(struct mounts *s, const char *text)
{
	struct part p[2] = {{0}};
	struct mount m = {.type = "tmpfs", .source = "tmpfs", .options = json_array()};

	if (parts_split(text, ':', p, 2) == 2)
		add_options(m.options, &p[1]);
	m.destination = part_text(s->in->a, &p[0]);
	put(s, m);
}

/* A path, or the writable view of a volume. */
static const char *bind_source(struct arena *a, const char *source)
{
	return source[0] == '/' ? source : arena_printf(a, "/containers/volumes/%s/merged", source);
}

static void put_bind(struct mounts *s, const char *text)
{
	struct part p[3] = {{0}};
	struct mount m = {.type = "bind"};

	if (parts_split(text, ':', p, 3) == 3) {
		m.options = json_array();
		add_options(m.options, &p[2]);
		spec_add(m.options, json_string("rbind"));
	} else {
		m.options = option_list(bind_options);
	}
	m.source = bind_source(s->in->a, part_text(s->in->a, &p[0]));
	m.destination = part_text(s->in->a, &p[1]);
	put(s, m);
}

static void put_mount(struct mounts *s, const struct ynode *n)
{
	const struct ynode *options = ynode_get(n, "options");
	const struct ynode *uids = ynode_get(n, "uidmappings"), *gids = ynode_get(n, "gidmappings");
	struct mount m = {.source = ynode_str(n, "source", "")};

	m.destination = ynode_str(n, "destination", "");
	m.type = mount_type(ynode_str(n, "type", ""), m.source, m.destination);
	if (!m.source[0])
		m.source = m.type;
	if (!strcmp(m.type, "bind"))
		m.source = bind_source(s->in->a, m.source);
	if (!m.destination[0])
		m.destination = mount_destination(m.type);
	if (m.destination[0] != '/')
		m.destination = arena_printf(s->in->a, "/%s", m.destination);
	m.options = options ? spec_json(options) : json_array();
	m.uids = uids ? spec_json(uids) : NULL;
	m.gids = gids ? spec_json(gids) : NULL;
	put(s, m);
}

static int compare_mounts(const void *pa, const void *pb)
{
	const struct mount *a = pa, *b = pb;

	return strcmp(a->destination, b->destination);
}

static json_t *mount_json(const struct mount *m)
{
	json_t *o = json_object();

	spec_set(o, "destination", json_string(m->destination));
	spec_set(o, "type", json_string(m->type));
	spec_set(o, "source", json_string(m->source));
	spec_set_some(o, "options", m->options);
	if (m->uids)
		spec_set(o, "uidMappings", m->uids);
	if (m->gids)
		spec_set(o, "gidMappings", m->gids);
	return o;
}

/*
 * Where a container says that it is ready: PID 1's socket and FIFO for this one.  In /dev, which is
 * the container's own tmpfs, so that the place can be made in any image.
 */
static void put_notify(struct mounts *s)
{
	char said[ASKED_MAX];

	if (!spec_asked(s->in, "ready", said) || strcmp(said, "notify") != 0)
		return;
	put(s, (struct mount){NOTIFY_INSIDE, "bind",
		       arena_printf(
			       s->in->a, NOTIFY_OUTSIDE "/%s", ynode_str(s->in->yaml, "name", "")),
		       option_list(notify_options), NULL, NULL});
}

json_t *spec_mounts(const struct spec_in *in)
{
	const struct ynode *tmpfs = spec_pick(in, "tmpfs"), *binds = spec_merged(in, "binds");
	const struct ynode *mounts = spec_pick(in, "mounts");
	struct mounts s = {.in = in};
	json_t *list = json_array();

	put_defaults(&s);
	for (size_t i = 0; tmpfs && i < tmpfs->n; i++)
		put_tmpfs(&s, tmpfs->item[i]->text);
	for (size_t i = 0; i < binds->n; i++)
		put_bind(&s, binds->item[i]->text);
	for (size_t i = 0; mounts && i < mounts->n; i++)
		put_mount(&s, mounts->item[i]);
	put_notify(&s);
	qsort(s.mount, s.n, sizeof(*s.mount), compare_mounts);
	for (size_t i = 0; i < s.n; i++)
		spec_add(list, mount_json(&s.mount[i]));
	return list;
}
