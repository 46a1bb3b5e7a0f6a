#include "said.h"

#include <jansson.h>

#include "../../../assembler/schema.h"
#include "../../../assembler/spec.h"

#define FIXTURES "tests/fixtures/"

static const struct spec_paths web_paths = {
	"/containers/services/web", "/containers/services/web/lower"};

static char *read_file(struct desk *t, const char *path)
{
	char *text = arena_alloc(t->a, 100000);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_true(fread(text, 1, 99999, f) > 0);
	(void)fclose(f);
	return text;
}

static const struct config *load(struct desk *t, const char *text)
{
	const char *paths[] = {desk_file(t, "f.yml", text)};
	const struct config *c = config_load(t->a, t->d, paths, 1);

	assert_silent(t);
	assert_non_null(c);
	return c;
}

static const struct ynode *label(struct desk *t, const char *text)
{
	const struct ynode *n = yaml_parse(t->a, t->d, "label", text, strlen(text));

	assert_non_null(n);
	assert_int_equal(schema_check_label(t->d, n), 0);
	return n;
}

/* The first service's config.json, read again; NULL when there is none. */
static json_t *make(struct desk *t, const struct config *c, const struct image_config *img)
{
	json_t *config = NULL;
	struct spec spec;

	if (spec_make(t->a, t->d, c, &c->services[0], img, &web_paths, &spec) == 0) {
		config = json_loads(spec.config_json, 0, NULL);
		assert_non_null(config);
	}
	return config;
}

/* The value at "process.args", printed. */
static char *print_at(struct desk *t, const json_t *o, const char *path)
{
	char *copy = arena_strdup(t->a, path), *save = NULL, *text;

	for (char *p = strtok_r(copy, ".", &save); p; p = strtok_r(NULL, ".", &save))
		o = json_object_get(o, p);
	text = o ? json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	copy = arena_strdup(t->a, text ? text : "nothing");
	free(text);
	return copy;
}

static void assert_at(struct desk *t, json_t *o, const char *path, const char *want)
{
	assert_string_equal(print_at(t, o, path), want);
}

/* The YAML's lines below an entry, and what config.json then has at one place. */
static void expect(struct desk *t, const char *yaml, const char *path, const char *want)
{
	static const char *cmd[] = {"/x", NULL};
	const struct image_config img = {.cmd = cmd};
	const struct config *c =
		load(t, arena_printf(t->a, "services:\n- name: web\n  image: x\n%s%s%s",
				yaml[0] ? "  " : "", yaml, "\n"));
	json_t *o = make(t, c, &img);

	assert_silent(t);
	assert_at(t, o, path, want);
	json_decref(o);
}

static void a_plain_container_has_linuxkits_defaults(void **state)
{
	static const char *entrypoint[] = {"/docker-entrypoint.sh", NULL}, *cmd[] = {"nginx", NULL};
	static const char *env[] = {"PATH=/bin", NULL};
	const struct image_config img = {.entrypoint = entrypoint, .cmd = cmd, .env = env};
	const struct spec_paths paths = {
		"/containers/services/web", "/containers/services/other/lower"};
	struct desk *t = *state;
	const struct config *c = load(t, "services: [{name: web, image: nginx}]\n");
	struct spec spec;

	assert_int_equal(spec_make(t->a, t->d, c, &c->services[0], &img, &paths, &spec), 0);
	assert_string_equal(spec.config_json, read_file(t, FIXTURES "spec/plain.config.json"));
	assert_string_equal(spec.runtime_json, read_file(t, FIXTURES "spec/plain.runtime.json"));
}

static void compare(struct desk *t, const char *text, const char *path)
{
	json_t *is = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
	json_t *want = json_loads(read_file(t, path), JSON_DECODE_INT_AS_REAL, NULL);

	assert_non_null(want);
	assert_non_null(is);
	if (!json_equal(is, want))
		fail_msg("%s is not what was made:\n%s", path, text);
	json_decref(is);
	json_decref(want);
}

static void every_key_arrives(void **state)
{
	static const char *const paths[] = {FIXTURES "schema/every-key.yml"};
	const struct spec_paths where = {
		"/containers/onboot/000-full", "/containers/onboot/000-full/rootfs"};
	const struct image_config img = {.user = "ignored", .accounts = {"", ""}};
	struct desk *t = *state;
	const struct config *c = config_load(t->a, t->d, paths, 1);
	struct spec spec;

	assert_silent(t);
	assert_true(spec_readonly(&c->onboot[0], &img));
	assert_int_equal(spec_make(t->a, t->d, c, &c->onboot[0], &img, &where, &spec), 0);
	compare(t, spec.config_json, FIXTURES "spec/full.config.json");
	compare(t, spec.runtime_json, FIXTURES "spec/full.runtime.json");
	assert_non_null(strstr(spec.config_json, "\"hard\": 18446744073709551615\n"));
	assert_true(strstr(spec.config_json, "\"/data\"") < strstr(spec.config_json, "\"/dev\""));
}

static void yaml_goes_before_label_before_image(void **state)
{
	static const char *entrypoint[] = {"/image", NULL}, *env[] = {"I=1", NULL};
	struct desk *t = *state;
	struct image_config img = {.entrypoint = entrypoint, .env = env, .workdir = "/image"};
	const struct config *c =
		load(t, "services: [{name: web, image: x, cwd: /yaml, net: \"\", tmpfs: []}]\n");
	json_t *o = make(t, c, &img);

	assert_at(t, o, "process.args", "[\"/image\"]");
	assert_at(t, o, "process.cwd", "\"/yaml\"");
	json_decref(o);
	img.label = label(t, "{\"command\": [\"/label\"], \"cwd\": \"/label\", \"env\": [\"L=1\"],"
			     "\"net\": \"new\", \"tmpfs\": [\"/gone\"], \"readonly\": true}");
	o = make(t, c, &img);
	assert_at(t, o, "process.args", "[\"/label\"]");
	assert_at(t, o, "process.cwd", "\"/yaml\"");
	assert_at(t, o, "process.env", "[\"L=1\"]");
	assert_at(t, o, "root.readonly", "true");
	assert_at(t, o, "linux.namespaces",
		"[{\"type\":\"network\"},{\"type\":\"pid\"},{\"type\":\"mount\"}]");
	assert_null(strstr(print_at(t, o, "mounts"), "gone"));
	assert_true(spec_readonly(&c->services[0], &img));
	json_decref(o);
}

static void what_is_added_joins_the_label(void **state)
{
	static const char *cmd[] = {"/x", NULL};
	struct desk *t = *state;
	const struct image_config img = {.cmd = cmd,
		.label = label(t, "{\"capabilities\": [\"CAP_KILL\"], \"binds\": [\"/a:/b\"]}")};
	const struct config *add = load(t, "services:\n- {name: w, image: x, capabilities.add: "
					   "[CAP_CHOWN, CAP_KILL], binds.add: [\"/c:/d\"]}\n");
	const struct config *set =
		load(t, "services:\n- {name: w, image: x, capabilities: [CAP_FOWNER], "
			"capabilities.add: [CAP_CHOWN], binds: []}\n");
	json_t *o = make(t, add, &img);

	assert_at(t, o, "process.capabilities.effective", "[\"CAP_KILL\",\"CAP_CHOWN\"]");
	assert_at(t, o, "process.capabilities.bounding", "[\"CAP_CHOWN\",\"CAP_KILL\"]");
	assert_non_null(strstr(print_at(t, o, "mounts"), "\"/b\""));
	assert_non_null(strstr(print_at(t, o, "mounts"), "\"/d\""));
	json_decref(o);
	o = make(t, set, &img);
	assert_at(t, o, "process.capabilities.effective", "[\"CAP_FOWNER\"]");
	assert_null(strstr(print_at(t, o, "mounts"), "bind"));
	json_decref(o);
}

static void all_capabilities_are_forty_one(void **state)
{
	static const char *cmd[] = {"/x", NULL};
	const struct image_config img = {.cmd = cmd};
	struct desk *t = *state;
	json_t *list, *o;

	expect(t, "capabilities: [none]", "process.capabilities.bounding", "[]");
	o = make(t, load(t, "services: [{name: w, image: x, capabilities: [ALL]}]\n"), &img);

	list = json_object_get(
		json_object_get(json_object_get(o, "process"), "capabilities"), "effective");
	assert_int_equal(json_array_size(list), 41);
	json_decref(o);
}

static void a_later_mount_takes_the_place_of_an_earlier(void **state)
{
	struct desk *t = *state;
	static const char *cmd[] = {"/x", NULL};
	const struct image_config img = {.cmd = cmd};
	json_t *o = make(t,
		load(t, "services:\n- name: w\n  image: x\n  binds: [\"/dev:/dev\"]\n"
			"  mounts: [{type: tmpfs, destination: relative}]\n"),
		&img);
	const char *mounts = print_at(t, o, "mounts");

	assert_int_equal(json_array_size(json_object_get(o, "mounts")), 6);
	assert_non_null(strstr(mounts, "{\"destination\":\"/dev\",\"type\":\"bind\","
				       "\"source\":\"/dev\",\"options\":[\"rw\",\"rbind\","
				       "\"rshared\"]}"));
	assert_non_null(strstr(mounts, "\"/relative\""));
	json_decref(o);
}

static void namespaces_are_host_new_or_a_path(void **state)
{
	struct desk *t = *state;

	expect(t, "pid: host", "linux.namespaces", "[{\"type\":\"mount\"}]");
	expect(t, "net: none\n  pid: root", "linux.namespaces",
		"[{\"type\":\"network\"},{\"type\":\"mount\"}]");
	expect(t, "ipc: /run/ns/ipc\n  uts: new", "linux.namespaces",
		"[{\"type\":\"ipc\",\"path\":\"/run/ns/ipc\"},{\"type\":\"uts\"},"
		"{\"type\":\"pid\"},{\"type\":\"mount\"}]");
}

static void a_relative_folder_of_the_image_begins_at_its_root(void **state)
{
	static const char *cmd[] = {"/x", NULL};
	const struct image_config img = {.cmd = cmd, .workdir = "srv/app"};
	struct desk *t = *state;
	json_t *o = make(t, load(t, "services: [{name: w, image: x}]\n"), &img);

	assert_at(t, o, "process.cwd", "\"/srv/app\"");
	json_decref(o);
}

static void the_user_of_the_image_is_taken(void **state)
{
	static const struct {
		const char *user, *yaml, *want;
	} rows[] = {
		{"1000", "", "{\"uid\":1000,\"gid\":0}"},
		{"1000:50", "", "{\"uid\":1000,\"gid\":50}"},
		{"root", "", "{\"uid\":0,\"gid\":0}"},
		{"", "", "{\"uid\":0,\"gid\":0}"},
		{"1000:50", ", gid: 7", "{\"uid\":1000,\"gid\":7}"},
		{"1000:50", ", uid: 0", "{\"uid\":0,\"gid\":0}"},
		{"nobody:nogroup", ", uid: 65534", "{\"uid\":65534,\"gid\":0}"},
		{"1000:users", ", gid: 7", "{\"uid\":1000,\"gid\":7}"},
		{"goat", "", "{\"uid\":12,\"gid\":34,\"additionalGids\":[50]}"},
		{"goat", ", additionalGids: [1]", "{\"uid\":12,\"gid\":34,\"additionalGids\":[1]}"},
	};
	static const struct accounts accounts = {"goat:x:12:34::/:/bin/sh\n", "users:x:50:goat\n"};
	static const char *cmd[] = {"/x", NULL};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct image_config img = {
			.cmd = cmd, .user = rows[i].user, .accounts = accounts};
		json_t *o = make(t,
			load(t, arena_printf(
					t->a, "services: [{name: w, image: x%s}]\n", rows[i].yaml)),
			&img);

		assert_silent(t);
		assert_at(t, o, "process.user", rows[i].want);
		json_decref(o);
	}
}

static void what_cannot_run_is_an_error(void **state)
{
	static const struct {
		const char *yaml, *user, *cmd, *said;
	} rows[] = {
		{"", "", NULL, "f.yml:1:19: 'w' has no command"},
		{", command: []", "", "/x", "'w' has no command"},
		{"", "nobody", "/x",
			"f.yml:1:19: the image of 'w' wants to run as the user 'nobody', but its "
			"/etc/passwd has no user 'nobody': add 'uid' and 'gid'"},
		{"", "5:users", "/x", "its /etc/group has no group 'users'"},
		{"", "4294967295", "/x", "the user '4294967295'"},
		{", hostname: goat", "", "/x", "'hostname' needs 'uts: new'"},
		{", userns: new", "", "/x", "needs 'uidMappings' and 'gidMappings'"},
		{", uidMappings: [{hostID: 1, containerID: 0, size: 1}]", "", "/x",
			"need 'userns: new'"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *cmd[] = {rows[i].cmd, NULL};
		const struct image_config img = {.cmd = cmd, .user = rows[i].user};
		const struct config *c;

		desk_again(t);
		c = load(
			t, arena_printf(t->a, "services: [{name: w, image: x%s}]\n", rows[i].yaml));
		assert_null(make(t, c, &img));
		assert_said(t, rows[i].said);
	}
}

static void a_label_may_not_name_what_is_not_there(void **state)
{
	static const char *cmd[] = {"/x", NULL};
	struct desk *t = *state;
	const struct image_config img = {
		.cmd = cmd, .label = label(t, "{\"binds\": [\"vol:/v\"], \"uid\": \"who\"}")};

	assert_null(make(t, load(t, "services: [{name: w, image: x}]\n"), &img));
	assert_said(t, "label:1:12: there is no volume 'vol'");
	assert_said(t, "label:1:30: no container is called 'who'");
}

static void the_runtime_of_yaml_and_label_is_joined_by_key(void **state)
{
	static const char *cmd[] = {"/x", NULL};
	struct desk *t = *state;
	const struct image_config img = {.cmd = cmd,
		.label = label(t, "{\"runtime\": {\"mkdir\": [\"/l\"], \"cgroups\": [\"l\"],"
				  "\"bindNS\": {\"net\": \"/l\", \"uts\": \"/l\"}}}")};
	const struct config *c = load(t, "services:\n- name: w\n  image: x\n  runtime:\n"
					 "    mkdir: [/y]\n    bindNS: {net: /y}\n"
					 "  annotations: {org.nanny.tmpfs-size: 25%}\n");
	struct spec spec;
	json_t *o;

	assert_int_equal(spec_make(t->a, t->d, c, &c->services[0], &img, &web_paths, &spec), 0);
	o = json_loads(spec.runtime_json, 0, NULL);
	assert_at(t, o, "mkdir", "[\"/y\"]");
	assert_at(t, o, "cgroups", "[\"l\"]");
	assert_at(t, o, "bindNS.net", "\"/y\"");
	assert_at(t, o, "bindNS.uts", "\"/l\"");
	assert_non_null(strstr(spec.runtime_json, "\"size=25%\""));
	json_decref(o);
}

static void a_string_is_never_taken_for_a_limit(void **state)
{
	struct desk *t = *state;

	expect(t, "command: [\"/x\", '\"soft\": -1']", "process.args",
		"[\"/x\",\"\\\"soft\\\": -1\"]");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(a_plain_container_has_linuxkits_defaults),
		T(every_key_arrives),
		T(yaml_goes_before_label_before_image),
		T(what_is_added_joins_the_label),
		T(all_capabilities_are_forty_one),
		T(a_later_mount_takes_the_place_of_an_earlier),
		T(namespaces_are_host_new_or_a_path),
		T(a_relative_folder_of_the_image_begins_at_its_root),
		T(the_user_of_the_image_is_taken),
		T(what_cannot_run_is_an_error),
		T(a_label_may_not_name_what_is_not_there),
		T(the_runtime_of_yaml_and_label_is_joined_by_key),
		T(a_string_is_never_taken_for_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
