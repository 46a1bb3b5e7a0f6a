#include "said.h"

#include "../../../assembler/asked.h"
#include "../../../assembler/schema.h"
#include "../../../lib/policy.h"

static int check(struct desk *t, const char *text, const struct schema_type *type)
{
	const struct ynode *n = yaml_load(t->a, t->d, desk_file(t, "f.yml", text));

	return n ? schema_check(t->d, n, type) : -1;
}

struct row {
	const char *text, *said;
};

static void expect(void **state, const struct row *rows, size_t n, const struct schema_type *type)
{
	struct desk *t = *state;

	for (size_t i = 0; i < n; i++) {
		desk_again(t);
		assert_int_equal(check(t, rows[i].text, type), rows[i].said ? -1 : 0);
		if (rows[i].said)
			assert_said(t, rows[i].said);
		else
			assert_silent(t);
	}
}

#define EXPECT(rows, type) expect(state, rows, sizeof(rows) / sizeof((rows)[0]), &(type))

/* An image entry whose third line is the one that is looked at. */
#define ENTRY(line) "services:\n- {name: a, image: b}\n- " line "\n  name: x\n  image: y\n"

static void an_unknown_key_is_named_with_its_neighbour(void **state)
{
	static const struct row rows[] = {
		{ENTRY("comand: [x]"),
			"f.yml:3:3: unknown key 'comand' in services[1]: did you mean 'command'?"},
		{"sevices: []\n", "f.yml:1:1: unknown key 'sevices': did you mean 'services'?"},
		{ENTRY("Readonly: true"), "did you mean 'readonly'?"},
		{ENTRY("runtime: {mkdri: [x]}"),
			"f.yml:3:13: unknown key 'mkdri' in services[1].runtime: did you mean "
			"'mkdir'?"},
		{ENTRY("resources: {memory: {limits: 1}}"),
			"in services[1].resources.memory: did you mean 'limit'?"},
		{ENTRY("volumes: [x]"), "unknown key 'volumes' in services[1]: known are name, "},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_wrong_type_says_what_is_wanted(void **state)
{
	static const struct row rows[] = {
		{ENTRY("net: [x]"), "f.yml:3:8: 'net' must be a string, not a list\n"},
		{ENTRY("command: /bin/x"), "'command' must be a list, not a string: write "
					   "[\"/bin/x\"]"},
		{ENTRY("command: [sleep, 10]"),
			"f.yml:3:20: 'command[1]' must be a string, not a number: write \"10\""},
		{ENTRY("readonly: yes"), "'readonly' must be true or false, not a string: write "
					 "true"},
		{ENTRY("oomScoreAdj: \"5\""), "write 5 without quotes"},
		{ENTRY("env:"), "'env' must be a list, not empty: give it a value"},
		{ENTRY("uid: true"), "'uid' must be a number or a name, not a boolean"},
		{ENTRY("sysctl: {a: 1}"), "'a' must be a string, not a number: write \"1\""},
		{"services: {}\n", "'services' must be a list, not a map"},
		{"- a\n", "the file must be a map, not a list"},
		{"services: [x]\n", "'services[0]' must be a map, not a string"},
		{"files: [{path: a, contents: b, mode: 0644}]\n", "write \"0644\""},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_missing_key_is_asked_for(void **state)
{
	static const struct row rows[] = {
		{"services:\n- name: x\n", "f.yml:2:3: services[0] needs the key 'image'"},
		{"onboot: [{image: x}]\n", "onboot[0] needs the key 'name'"},
		{"volumes: [{image: x}]\n", "volumes[0] needs the key 'name'"},
		{"files: [{contents: x}]\n", "files[0] needs the key 'path'"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_value_has_to_make_sense(void **state)
{
	static const struct row rows[] = {
		{ENTRY("oomScoreAdj: 1001"), "'oomScoreAdj' must be between -1000 and 1000"},
		{ENTRY("uid: -1"), "'uid' must be between 0 and 4294967294"},
		{ENTRY("net: hsot"), "'net' cannot be 'hsot': did you mean 'host'?"},
		{ENTRY("net: none"), NULL},
		{ENTRY("pid: none"), "'pid' cannot be 'none'"},
		{ENTRY("ipc: /proc/1/ns/ipc"), NULL},
		{ENTRY("rootfsPropagation: shard"), "did you mean 'shared'?"},
		{ENTRY("cwd: srv"), "'cwd' must be an absolute path: write '/srv'"},
		{ENTRY("env: [A]"), "'env[0]': 'A' must be NAME=value"},
		{ENTRY("hostname: a/b"), "'a/b' is no host name"},
		{ENTRY("cgroupsPath: ../x"), "must not hold '..'"},
		{ENTRY("resources: {memory: {swappiness: 101}}"), "between 0 and 100"},
		{ENTRY("resources: {hugepageLimits: [{pageSize: 2M, limit: 1}]}"),
			"'pageSize' must be such as \"2MB\""},
		{ENTRY("runtime: {interfaces: [{name: a-name-too-long-for-linux}]}"),
			"no name of a network interface"},
		{"services: [{name: a b, image: x}]\n", "a container cannot be called 'a b'"},
		{"services: [{name: ../x, image: x}]\n", "a container cannot be called"},
		{"services: [{name: x, image: \"\"}]\n", "'image' is empty"},
		{"services: [{name: x, image: a b}]\n", "holds no space"},
		{"volumes: [{name: Big}]\n", "a volume cannot be called 'Big'"},
		{"volumes: [{name: x, format: tar}]\n", "'format' cannot be 'tar': it is one of "
							"oci, filesystem"},
		{"volumes: [{name: x, format: oci}]\n", "1:21: 'format: oci' needs an 'image'"},
		{"volumes: [{name: x, platforms: [linux/amd64, linux/arm/v7]}]\n", NULL},
		{"volumes: [{name: x, platforms: [amd64]}]\n", "'amd64' is no platform"},
		{"volumes: [{name: x, platforms: [linux/a/b/c]}]\n", "is no platform"},
		{"volumes: [{name: x, platforms: [linux/]}]\n", "is no platform"},
		{"files: [{path: ../x, contents: a}]\n", "'path' must not hold '..'"},
		{"files: [{path: /, contents: a}]\n", NULL},
		{"files: [{path: \"\", contents: a}]\n", "names no file"},
		{"files: [{path: x, contents: a, mode: \"0888\"}]\n", "must be an octal mode"},
		{"files: [{path: x, metadata: xml}]\n", "'metadata' cannot be 'xml'"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_capability_is_known_or_nearly(void **state)
{
	static const struct row rows[] = {
		{ENTRY("capabilities: [all]"), NULL},
		{ENTRY("capabilities: [None]"), NULL},
		{ENTRY("capabilities: [CAP_NET_ADMIN, all]"),
			"f.yml:3:33: 'all' in 'capabilities' must stand alone"},
		{ENTRY("capabilities: [CAP_NET_ADMN]"), "did you mean 'CAP_NET_ADMIN'?"},
		{ENTRY("capabilities: [net_admin]"), "did you mean 'CAP_NET_ADMIN'?"},
		{ENTRY("ambient: [CAP_CHECKPOINT_RESTORE]"), NULL},
		{ENTRY("capabilities.add: [xyzzyxyzzy]"), "see capabilities(7)"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_limit_has_three_parts(void **state)
{
	static const struct row rows[] = {
		{ENTRY("rlimits: [\"nofile, 1, Unlimited\"]"), NULL},
		{ENTRY("rlimits: [\"nofile,1\"]"), "is no limit: NAME,SOFT,HARD"},
		{ENTRY("rlimits: [\"nofile,a,1\"]"), "is no limit"},
		{ENTRY("rlimits: [\"nofile,1,99999999999999999999\"]"), "is no limit"},
		{ENTRY("rlimits: [\"nofiles,1,1\"]"), "did you mean 'NOFILE'?"},
		{ENTRY("rlimits: [\"nofile,2,1\"]"), "the soft limit is above the hard one"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void binds_and_mounts_are_well_formed(void **state)
{
	static const struct row rows[] = {
		{ENTRY("binds: [/a]"), "'/a' is no bind"},
		{ENTRY("binds: [\"/a:/b:ro:x\"]"), "is no bind"},
		{ENTRY("binds: [\"/a:b\"]"), "the destination of '/a:b' must be an absolute path"},
		{ENTRY("binds: [\"/a:/b:\"]"), "ends with ':' but no options"},
		{ENTRY("tmpfs: [\"/a:size=1:x\"]"), "more than one ':'"},
		{ENTRY("tmpfs: [a]"), "must be an absolute path"},
		{ENTRY("mounts: [{destination: /x}]"), "this mount needs a 'type'"},
		{ENTRY("mounts: [{type: tmpfs}]"), "needs a 'destination'"},
		{ENTRY("mounts: [{type: bind, destination: /x}]"), "needs a 'source'"},
		{ENTRY("mounts: [{source: proc}]"), NULL},
		{ENTRY("mounts: [{destination: /dev}]"), NULL},
		{ENTRY("runtime: {mounts: [{destination: x}]}"), NULL},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_device_is_complete(void **state)
{
	static const struct row rows[] = {
		{ENTRY("devices: [{path: all, type: a}]"), NULL},
		{ENTRY("devices: [{path: /dev/x, type: c, major: 1, minor: 2, mode: \"0600\"}]"),
			NULL},
		{ENTRY("devices: [{path: /dev/x, type: c}]"), "needs a 'mode'"},
		{ENTRY("devices: [{path: /dev/x, type: x, mode: \"0600\"}]"), "needs a 'type'"},
		{ENTRY("devices: [{path: x, type: c, mode: \"0600\"}]"), "absolute or 'all'"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void a_file_is_one_thing(void **state)
{
	static const struct row rows[] = {
		{"files: [{path: x}]\n", "needs one of directory, symlink"},
		{"files: [{path: x, directory: false}]\n", "needs one of"},
		{"files: [{path: x, contents: a, source: b}]\n",
			"f.yml:1:32: 'contents' and 'source' exclude each other"},
		{"files: [{path: x, directory: false, contents: \"\"}]\n", NULL},
	};

	EXPECT(rows, schema_linuxkit);
}

static void our_annotations_are_checked_and_others_pass(void **state)
{
	static const struct row rows[] = {
		{ENTRY("annotations: {com.example: x}"), NULL},
		{ENTRY("annotations: {org.nanny.stop-timeout: 5m}"), NULL},
		{ENTRY("annotations: {org.nanny.stop-timeout: 5 minutes}"), "must be a duration"},
		{ENTRY("annotations: {org.nanny.timeout: 5m}"),
			"'org.nanny.timeout' is for onboot: and onshutdown: alone"},
		{ENTRY("annotations: {org.nanny.tmpfs-size: big}"), "must be a size"},
		{ENTRY("annotations: {org.nanny.stop-signal: STOPIT}"), "the name of a signal"},
		{ENTRY("annotations: {org.nanny.restrat: never}"),
			"unknown annotation 'org.nanny.restrat': did you mean "
			"'org.nanny.restart'?"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void what_is_asked_of_init_is_checked(void **state)
{
	static const struct row rows[] = {
		{ENTRY("restart: never"), NULL},
		{ENTRY("restart: sometimes"),
			"'restart' must be always, on-failure or never, not 'sometimes'"},
		{ENTRY("critical: true"), NULL},
		{ENTRY("critical: yes please"), "'critical' must be true or false"},
		{ENTRY("pids: 100"), NULL},
		{ENTRY("pids: 0"), "'pids' must be a number of processes, 1 to 4194304, not '0'"},
		{ENTRY("cpu: 0.5"), NULL},
		{ENTRY("after: [net, clock]"), NULL},
		{ENTRY("after: net"), NULL},
		{ENTRY("after: {net: clock}"),
			"'after' must be a value or a list of words, not a map"},
		{ENTRY("after: [[net]]"), "'after' must be a value or a list of words"},
		{ENTRY("after:"), "'after' must be a value or a list of words, not empty"},
		{ENTRY("restrat: never"),
			"unknown key 'restrat' in services[1]: did you mean 'restart'?"},
		{ENTRY("onfail: reboot"), "'onfail' is for onboot: and onshutdown: alone"},
		{"onboot: [{name: x, image: y, restart: never}]",
			"'restart' is for services: alone"},
		{"onboot: [{name: x, image: y, onfail: retry 3}]", NULL},
		{ENTRY("restart: never\n  annotations: {org.nanny.restart: always}"),
			"'restart' and the annotation 'org.nanny.restart' say the same: keep one"},
	};

	EXPECT(rows, schema_linuxkit);
}

static void all_errors_come_at_once(void **state)
{
	struct desk *t = *state;

	assert_int_equal(check(t,
				 "services:\n- name: x\n  net: 1\n  bogus: 2\nfiles:\n- path: x\n"
				 "init: x\n",
				 &schema_linuxkit),
		-1);
	assert_said(t, "f.yml:2:3: services[0] needs the key 'image'");
	assert_said(t, "f.yml:3:8: 'net' must be");
	assert_said(t, "f.yml:4:3: unknown key 'bogus'");
	assert_said(t, "f.yml:6:3: the file 'x' needs one of");
	assert_said(t, "f.yml:7:7: 'init' must be a list");
	assert_said(t, "5 errors\n");
}

static void a_label_has_no_name_and_no_image(void **state)
{
	static const struct row rows[] = {
		{"{\"command\": [\"x\"], \"readonly\": true}", NULL},
		{"{\"name\": \"x\"}", "unknown key 'name'"},
		{"{\"image\": \"x\"}", "unknown key 'image'"},
		{"[]", "must be a map"},
	};

	EXPECT(rows, schema_label);
}

/* Walks table and fixture side by side: a row nobody tries is a row that may not work. */
static void compare_keys(const struct schema_type *type, const struct ynode *n)
{
	if (type->kind == SCHEMA_LIST) {
		assert_int_equal(n->kind, YNODE_LIST);
		for (size_t i = 0; type->item->kind == SCHEMA_RECORD && i < 1; i++) {
			assert_true(n->n > 0);
			compare_keys(type->item, n->item[0]);
		}
		return;
	}
	for (const struct schema_key *k = type->keys; type->kind == SCHEMA_RECORD && k->name; k++) {
		bool is_one_of_many = !strcmp(k->name, "path") || ynode_get(n, "path");

		assert_true(k->help && k->help[0]);
		if (policy_find(k->name))
			continue; /* not each is for each kind of entry: below */
		if (!ynode_get(n, k->name) && !is_one_of_many && !ynode_get(n, "allow"))
			fail_msg("the fixture lacks '%s' in line %d", k->name, n->at.line);
		if (ynode_get(n, k->name) && strcmp(k->name, "services") != 0 &&
			strcmp(k->name, "onshutdown") != 0)
			compare_keys(k->type, ynode_get(n, k->name));
	}
}

static void every_key_of_the_table_is_taken(void **state)
{
	struct desk *t = *state;
	const struct ynode *n = yaml_load(t->a, t->d, "tests/fixtures/schema/every-key.yml");

	assert_non_null(n);
	assert_int_equal(schema_check(t->d, n, &schema_linuxkit), 0);
	/* The mounts differ in what they need; the third has everything. */
	ynode_get(ynode_get(n, "onboot")->item[0], "mounts")->item[0] =
		ynode_get(ynode_get(n, "onboot")->item[0], "mounts")->item[2];
	compare_keys(&schema_linuxkit, n);
	for (size_t i = 0; i < policy_rows_n; i++) {
		char text[ASKED_MAX];

		if (!asked_text(ynode_get(n, "onboot")->item[0], policy_rows[i].key, text, NULL) &&
			!asked_text(
				ynode_get(n, "services")->item[0], policy_rows[i].key, text, NULL))
			fail_msg("the fixture lacks '%s'", policy_rows[i].key);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(an_unknown_key_is_named_with_its_neighbour),
		T(a_wrong_type_says_what_is_wanted),
		T(a_missing_key_is_asked_for),
		T(a_value_has_to_make_sense),
		T(a_capability_is_known_or_nearly),
		T(a_limit_has_three_parts),
		T(binds_and_mounts_are_well_formed),
		T(a_device_is_complete),
		T(a_file_is_one_thing),
		T(our_annotations_are_checked_and_others_pass),
		T(what_is_asked_of_init_is_checked),
		T(all_errors_come_at_once),
		T(a_label_has_no_name_and_no_image),
		T(every_key_of_the_table_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
