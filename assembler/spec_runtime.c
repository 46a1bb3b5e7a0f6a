/* runtime.json: what init does outside, before the container is made and before it starts. */
#include <string.h>

#include "../lib/policy.h"
#include "spec_part.h"

static const struct ynode *pick(const struct spec_in *in, const char *key)
{
	const struct ynode *n = ynode_get(ynode_get(in->yaml, "runtime"), key);

	return n ? n : ynode_get(ynode_get(in->label, "runtime"), key);
}

static json_t *make_mount(
	const char *destination, const char *type, const char *source, json_t *options)
{
	json_t *o = json_object();

	spec_set(o, "destination", json_string(destination));
	spec_set(o, "type", json_string(type));
	spec_set(o, "source", json_string(source));
	spec_set(o, "options", options);
	return o;
}

/* LinuxKit sets none, so that one container can fill half of the memory. */
static const char *tmpfs_size(const struct spec_in *in)
{
	static const char key[] = "tmpfs-size";
	char *said = arena_alloc(in->a, ASKED_MAX);

	return spec_asked(in, key, said) ? said : policy_find(key)->fallback;
}

/*
 * A tmpfs of its own with an overlay of the image's files on rootfs.  LinuxKit's mount with the
 * options remount,private between the two does nothing and is not copied.
 */
static void add_writable(const struct spec_in *in, json_t *mounts)
{
	const char *bundle = in->paths->bundle;
	const char *tmp = arena_printf(in->a, "%s/tmp", bundle);
	json_t *layers = json_array(), *size = json_array();

	spec_add(size, json_string(arena_printf(in->a, "size=%s", tmpfs_size(in))));
	spec_add(mounts, make_mount(tmp, "tmpfs", "tmpfs", size));
	spec_add(layers, json_string(arena_printf(in->a, "lowerdir=%s", in->paths->lower)));
	spec_add(layers, json_string(arena_printf(in->a, "upperdir=%s/upper", tmp)));
	spec_add(layers, json_string(arena_printf(in->a, "workdir=%s/work", tmp)));
	spec_add(mounts,
		make_mount(arena_printf(in->a, "%s/rootfs", bundle), "overlay", "overlay", layers));
}

/* A bind, be it of the folder on itself: the runtime wants a root that is a mount point. */
static void add_readonly(const struct spec_in *in, json_t *mounts)
{
	json_t *options = json_array();

	spec_add(options, json_string("bind"));
	spec_add(mounts, make_mount(arena_printf(in->a, "%s/rootfs", in->paths->bundle), "",
				 in->paths->lower, options));
}

static json_t *make_mounts(const struct spec_in *in)
{
	const struct ynode *list = pick(in, "mounts");
	json_t *mounts = json_array();

	if (in->readonly)
		add_readonly(in, mounts);
	else
		add_writable(in, mounts);
	for (size_t i = 0; list && i < list->n; i++) {
		const struct ynode *n = list->item[i], *options = ynode_get(n, "options");

		spec_add(mounts, make_mount(ynode_str(n, "destination", ""),
					 ynode_str(n, "type", ""), ynode_str(n, "source", ""),
					 options ? spec_json(options) : json_array()));
	}
	return mounts;
}

static json_t *list_or_empty(const struct spec_in *in, const char *key)
{
	const struct ynode *n = pick(in, key);

	return n ? spec_json(n) : json_array();
}

static json_t *make_interfaces(const struct spec_in *in)
{
	static const char *const keys[] = {"name", "add", "peer"};
	const struct ynode *list = pick(in, "interfaces");
	json_t *interfaces = json_array();

	for (size_t i = 0; list && i < list->n; i++) {
		const struct ynode *in_root = ynode_get(list->item[i], "createInRoot");
		json_t *o = json_object();

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			spec_set(o, keys[k], json_string(ynode_str(list->item[i], keys[k], "")));
		spec_set(o, "createInRoot", json_boolean(in_root && ynode_bool(in_root)));
		spec_add(interfaces, o);
	}
	return interfaces;
}

/* Each namespace is taken from the YAML or the label by itself. */
static json_t *make_bind_ns(const struct spec_in *in)
{
	static const char *const keys[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	const struct ynode *yaml = ynode_get(ynode_get(in->yaml, "runtime"), "bindNS");
	const struct ynode *label = ynode_get(ynode_get(in->label, "runtime"), "bindNS");
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		spec_set(o, keys[i],
			json_string(ynode_str(yaml, keys[i], ynode_str(label, keys[i], ""))));
	return o;
}

json_t *spec_runtime(const struct spec_in *in)
{
	const struct ynode *namespace = pick(in, "namespace");
	json_t *o = json_object();

	spec_set(o, "cgroups", list_or_empty(in, "cgroups"));
	spec_set(o, "mounts", make_mounts(in));
	spec_set(o, "mkdir", list_or_empty(in, "mkdir"));
	spec_set(o, "interfaces", make_interfaces(in));
	spec_set(o, "bindNS", make_bind_ns(in));
	spec_set(o, "namespace", json_string(namespace ? namespace->text : ""));
	return o;
}
