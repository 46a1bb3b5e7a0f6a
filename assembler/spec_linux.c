/* The `linux` part of config.json: namespaces, devices, limits. */
#include <string.h>

#include "schema_look.h"
#include "spec_part.h"

static json_t *make_namespaces(const struct spec_in *in)
{
	static const struct {
		const char *key, *type, *def;
	} kinds[] = {
		{"net", "network", "host"},
		{"ipc", "ipc", "host"},
		{"uts", "uts", "host"},
		{"pid", "pid", "new"},
		{"userns", "user", "host"},
	};
	json_t *list = json_array(), *one;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = spec_word(in, kinds[i].key, kinds[i].def);

		if (!strcmp(name, "host") || !strcmp(name, "root"))
			continue;
		one = json_object();
		spec_set(one, "type", json_string(kinds[i].type));
		if (name[0] == '/')
			spec_set(one, "path", json_string(name));
		spec_add(list, one);
	}
	one = json_object();
	spec_set(one, "type", json_string("mount"));
	spec_add(list, one);
	return list;
}

/* The runtime refuses mappings without a new user namespace, and the other way round. */
static void check_mappings(const struct spec_in *in)
{
	const struct ynode *uids = spec_pick(in, "uidMappings");
	const struct ynode *gids = spec_pick(in, "gidMappings");
	const char *userns = spec_word(in, "userns", "host");
	bool has_both = uids && uids->n && gids && gids->n;

	if (!strcmp(userns, "new") && !has_both)
		diag_error(in->d, in->at,
			"'userns: new' of '%s' needs 'uidMappings' and 'gidMappings'",
			ynode_str(in->yaml, "name", ""));
	if (strcmp(userns, "new") != 0 && ((uids && uids->n) || (gids && gids->n)))
		diag_error(in->d, in->at,
			"'uidMappings' and 'gidMappings' of '%s' need 'userns: new'",
			ynode_str(in->yaml, "name", ""));
}

static void set_number(json_t *o, const struct ynode *n, const char *key)
{
	const struct ynode *value = ynode_get(n, key);
	int64_t number;

	/* -1 is LinuxKit's "any", which the runtime specification says by leaving it out. */
	if (value && ynode_int(value, &number) && number >= 0)
		spec_set(o, key, json_integer(number));
}

static json_t *make_rule(const struct ynode *n)
{
	const struct ynode *allow = ynode_get(n, "allow");
	json_t *rule = json_object();

	spec_set(rule, "allow", json_boolean(allow && ynode_bool(allow)));
	spec_set_some(rule, "type", json_string(ynode_str(n, "type", "")));
	set_number(rule, n, "major");
	set_number(rule, n, "minor");
	spec_set(rule, "access", json_string(ynode_str(n, "access", "rwm")));
	return rule;
}

static int64_t number_of(const struct ynode *n, const char *key)
{
	const struct ynode *value = ynode_get(n, key);
	int64_t number = 0;

	if (value)
		(void)ynode_int(value, &number);
	return number;
}

static json_t *make_device(const struct ynode *n)
{
	json_t *device = json_object();

	spec_set(device, "path", json_string(ynode_str(n, "path", "")));
	spec_set(device, "type", json_string(ynode_str(n, "type", "")));
	spec_set(device, "major", json_integer(number_of(n, "major")));
	spec_set(device, "minor", json_integer(number_of(n, "minor")));
	spec_set(device, "fileMode", json_integer(octal_parse(ynode_str(n, "mode", "0"))));
	return device;
}

/* A device's own rule: without it the node could be seen but not opened. */
static json_t *device_rule(const struct ynode *n, bool is_all)
{
	const char *type = ynode_str(n, "type", "");
	json_t *rule = json_object();

	spec_set(rule, "allow", json_true());
	spec_set_some(rule, "type", json_string(type));
	if (!is_all) {
		spec_set(rule, "major", json_integer(number_of(n, "major")));
		spec_set(rule, "minor", json_integer(number_of(n, "minor")));
	}
	spec_set(rule, "access", json_string("rwm"));
	return rule;
}

/* "2MB" as the runtime wants it, from that or from bytes. */
static json_t *page_size(struct arena *a, const struct ynode *n)
{
	static const char units[] = "KMG";
	size_t unit = 0;
	int64_t size;

	if (!ynode_int(n, &size))
		return json_string(n->text);
	for (size /= 1024; size % 1024 == 0 && units[unit + 1]; unit++)
		size /= 1024;
	return json_string(arena_printf(a, "%lld%cB", (long long)size, units[unit]));
}

static json_t *make_hugepages(struct arena *a, const struct ynode *list)
{
	json_t *limits = json_array();

	for (size_t i = 0; i < list->n; i++) {
		json_t *limit = json_object();

		spec_set(limit, "pageSize", page_size(a, ynode_get(list->item[i], "pageSize")));
		spec_set(limit, "limit", json_integer(number_of(list->item[i], "limit")));
		spec_add(limits, limit);
	}
	return limits;
}

static json_t *make_resources(
	const struct spec_in *in, const struct ynode *from, const struct ynode *devices)
{
	static const char *const plain[][2] = {{"memory", "memory"}, {"cpu", "cpu"},
		{"pids", "pids"}, {"blockio", "blockIO"}, {"network", "network"}};
	const struct ynode *rules = ynode_get(from, "devices");
	const struct ynode *hugepages = ynode_get(from, "hugepageLimits");
	json_t *resources = json_object(), *list = json_array();

	for (size_t i = 0; rules && i < rules->n; i++)
		spec_add(list, make_rule(rules->item[i]));
	for (size_t i = 0; devices && i < devices->n; i++) {
		const char *path = ynode_str(devices->item[i], "path", "");

		spec_add(list, device_rule(devices->item[i], !strcmp(path, "all")));
	}
	spec_set_some(resources, "devices", list);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		const struct ynode *n = ynode_get(from, plain[i][0]);

		if (n)
			spec_set_some(resources, plain[i][1], spec_json(n));
	}
	if (hugepages)
		spec_set_some(resources, "hugepageLimits", make_hugepages(in->a, hugepages));
	return resources;
}

static json_t *make_devices(const struct ynode *list)
{
	json_t *devices = json_array();

	for (size_t i = 0; list && i < list->n; i++) {
		if (strcmp(ynode_str(list->item[i], "path", ""), "all") != 0)
			spec_add(devices, make_device(list->item[i]));
	}
	return devices;
}

json_t *spec_linux(const struct spec_in *in)
{
	static const char *const before[] = {"uidMappings", "gidMappings", "sysctl"};
	static const char *const after[] = {"rootfsPropagation", "maskedPaths", "readonlyPaths"};
	const struct ynode *devices = spec_pick(in, "devices");
	const struct ynode *cgroups = spec_pick(in, "cgroupsPath");
	json_t *o = json_object();

	check_mappings(in);
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		if (spec_pick(in, before[i]))
			spec_set_some(o, before[i], spec_json(spec_pick(in, before[i])));
	}
	spec_set_some(o, "resources", make_resources(in, spec_pick(in, "resources"), devices));
	if (cgroups)
		spec_set_some(o, "cgroupsPath", spec_json(cgroups));
	spec_set(o, "namespaces", make_namespaces(in));
	spec_set_some(o, "devices", make_devices(devices));
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		if (spec_pick(in, after[i]))
			spec_set_some(o, after[i], spec_json(spec_pick(in, after[i])));
	}
	return o;
}
