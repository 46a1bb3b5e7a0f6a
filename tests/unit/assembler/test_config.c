#include "said.h"

#include "../../../assembler/config.h"

static const struct config *load(struct desk *t, const char *text)
{
	const char *paths[] = {desk_file(t, "f.yml", text)};

	return config_load(t->a, t->d, paths, 1);
}

static const struct config *load_two(struct desk *t, const char *first, const char *second)
{
	const char *paths[] = {desk_file(t, "1.yml", first), desk_file(t, "2.yml", second)};

	return config_load(t->a, t->d, paths, 2);
}

static void the_kernels_fields_have_linuxkits_defaults(void **state)
{
	struct desk *t = *state;
	const struct config *c = load(t, "kernel: {image: x}\n");

	assert_string_equal(c->kernel.image.name, "x");
	assert_string_equal(c->kernel.cmdline, "");
	assert_string_equal(c->kernel.binary, "kernel");
	assert_string_equal(c->kernel.tar, "kernel.tar");
	assert_null(c->kernel.ucode);
	c = load(t, "kernel: {tar: none}\n");
	assert_null(c->kernel.tar);
	assert_null(c->kernel.image.name);
	assert_null(load(t, "kernel: {tar: \"\"}\n")->kernel.tar);
}

static void a_later_file_overrides_the_kernel_and_adds_to_lists(void **state)
{
	struct desk *t = *state;
	const struct config *c = load_two(t,
		"kernel: {image: a, cmdline: one, ucode: u}\ninit: [i]\n"
		"services: [{name: s, image: x}]\n",
		"kernel: {cmdline: two, tar: none}\ninit: [j]\nonboot: [{name: o, image: y}]\n"
		"services: [{name: z, image: x}]\n");

	assert_silent(t);
	assert_string_equal(c->kernel.image.name, "a");
	assert_string_equal(c->kernel.cmdline, "two");
	assert_string_equal(c->kernel.ucode, "u");
	assert_null(c->kernel.tar);
	assert_int_equal(c->n_init, 2);
	assert_string_equal(c->init[1].name, "j");
	assert_int_equal(c->n_services, 2);
	assert_string_equal(c->services[1].name, "z");
	assert_int_equal(c->services[1].kind, ENTRY_SERVICE);
	assert_int_equal(c->onboot[0].kind, ENTRY_ONBOOT);
	assert_int_equal(c->n_docs, 2);
}

static void a_later_file_may_use_the_volumes_of_an_earlier(void **state)
{
	struct desk *t = *state;
	const struct config *c = load_two(t, "volumes: [{name: v, readonly: true}]\n",
		"services: [{name: s, image: x, binds: [\"v:/v:ro\"]}]\n");

	assert_silent(t);
	assert_true(config_volume(c, "v", 1)->readonly);
	assert_null(c->volumes[0].image.name);
}

static void the_errors_of_all_files_come_at_once(void **state)
{
	struct desk *t = *state;

	assert_null(load_two(t, "bogus: 1\nservices: [{name: s, image: x}]\n",
		"services:\n- {name: s, image: x, binds: [\"nov:/v\"], uid: who}\n"));
	assert_said(t, "1.yml:1:1: unknown key 'bogus'");
	assert_said(t, "2.yml:2:10: a second service called 's': the first is at 1.yml:2");
	assert_said(t, "2.yml:2:31: there is no volume 'nov'");
	assert_said(t, "2.yml:2:47: no container is called 'who'");
	assert_said(t, "4 errors\n");
}

static void names_in_a_file_that_cannot_be_read_are_not_missed(void **state)
{
	struct desk *t = *state;

	assert_null(load_two(
		t, "volumes: [\n", "services: [{name: s, image: x, binds: [\"v:/v\"]}]\n"));
	assert_null(strstr(desk_said(t), "there is no volume"));
}

static void services_have_names_of_their_own_and_onboot_may_share(void **state)
{
	struct desk *t = *state;

	assert_non_null(load(t, "onboot: [{name: a, image: x}, {name: a, image: x}]\n"
				"services: [{name: a, image: x}]\n"));
	assert_null(load(t, "services: [{name: a, image: x}, {name: a, image: x}]\n"));
	assert_said(t, "f.yml:1:40: a second service called 'a'");
}

static void a_volume_must_exist_and_a_readonly_one_stays_so(void **state)
{
	static const struct {
		const char *binds, *said;
	} rows[] = {
		{"binds: [\"v:/v\"]", "the volume 'v' is read-only: add the option ro"},
		{"binds: [\"v:/v:nosuid\"]", "the volume 'v' is read-only"},
		{"binds: [\"v:/v:nosuid,ro\"]", NULL},
		{"binds.add: [\"w:/v\"]", "there is no volume 'w'"},
		{"mounts: [{type: bind, source: v, destination: /v}]", "is read-only"},
		{"mounts: [{type: bind, source: v, destination: /v, options: [ro]}]", NULL},
		{"mounts: [{type: bind, source: w, destination: /v}]", "there is no volume 'w'"},
		{"mounts: [{type: tmpfs, source: w, destination: /v}]", NULL},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct config *c;

		desk_again(t);
		c = load(t, arena_printf(t->a,
				    "volumes: [{name: v, readonly: true}]\n"
				    "services:\n- name: s\n  image: x\n  %s\n",
				    rows[i].binds));
		assert_int_equal(!c, !!rows[i].said);
		if (rows[i].said)
			assert_said(t, rows[i].said);
	}
}

static void two_volumes_need_two_names(void **state)
{
	struct desk *t = *state;

	assert_null(load_two(t, "volumes: [{name: v}]\n", "volumes: [{name: v}]\n"));
	assert_said(t, "2.yml:1:18: a second volume called 'v': the first is at 1.yml:1");
}

static void after_names_what_can_come_first(void **state)
{
#define SERVICES(after)                                                                            \
	"onboot:\n- {name: step, image: x}\nservices:\n- {name: broker, image: x}\n"               \
	"- {name: once, image: x, oneshot: true}\n- name: web\n  image: x\n  after: " after "\n"
	static const struct {
		const char *text, *error;
	} rows[] = {
		{SERVICES("[net, clock, dev:/dev/sda, broker, once:done, step, broker:started]"),
			NULL},
		{SERVICES("borker"),
			"f.yml:8:10: 'after': there is no 'borker': did you mean 'broker'?"},
		{SERVICES("[net, xyzzy]"),
			"'after': there is no 'xyzzy': it is net, clock, dev:PATH"},
		{SERVICES("broker:done"), "'after': 'broker' is never done"},
		{SERVICES("web"), "'after': 'web' waits for itself"},
		{SERVICES("[net, broker, xyzzy]"), "f.yml:8:24: 'after': there is no 'xyzzy'"},
		{SERVICES("broker:soon"), "'after' must be net, clock, dev:PATH"},
		{SERVICES("[net, broker:soon]"),
			"f.yml:8:16: 'after' must be net, clock, dev:PATH, or names with :started, "
			":ready or :done, not 'broker:soon'"},
		{"services:\n- {name: a, image: x, after: b}\n- {name: b, image: x, after: c}\n"
		 "- {name: c, image: x,\n   after: [a]}\n",
			"f.yml:5:12: 'after': 'c' waits for 'a', which waits for 'b', which waits "
			"for 'c': none of them would ever start"},
		{"services:\n- {name: x, image: x, after: a}\n- {name: a, image: x, after: b}\n"
		 "- {name: b, image: x, after: a}\n",
			"'after': 'b' waits for 'a', which waits for 'b': neither would ever "
			"start"},
		{"services:\n- {name: a, image: x, annotations: {org.nanny.after: nobody}}\n",
			"f.yml:2:54: 'after': there is no 'nobody'"},
		{"onboot:\n- {name: a, image: x, after: b}\n- {name: b, image: x}\n",
			"f.yml:2:30: 'after': 'b' comes later in onboot"},
		{"onboot:\n- {name: a, image: x}\n- {name: b, image: x, after: [a]}\n", NULL},
		{"onboot: [{name: a, image: x, after: a}]\n", "'after': 'a' waits for itself"},
		{SERVICES("step:ready"), "'step' is a step, which is done, not ready: say 'step'"},
		{SERVICES("[step, step:done, step:started]"), NULL},
		{"onboot: [{name: a, image: x, after: web}]\nservices: [{name: web, image: x}]\n",
			"'web' is a service, which starts when onboot is through"},
		{"onshutdown: [{name: a, image: x, after: web}]\nservices: [{name: web, image: "
		 "x}]\n",
			"'web' is a service, which has ended by then"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *desk = NULL;
		struct desk *t;

		desk_open(&desk);
		t = desk;
		(void)load(t, rows[i].text);
		if (rows[i].error)
			assert_said(t, rows[i].error);
		else
			assert_silent(t);
		desk_close(&desk);
	}
}

static void containers_named_as_ids_count_from_a_hundred(void **state)
{
	struct desk *t = *state;
	const struct config *c =
		load(t, "services: [{name: c, image: x}]\nonshutdown: [{name: b, image: x}]\n"
			"onboot: [{name: a, image: x}]\nfiles:\n"
			"- {path: x, contents: \"\", uid: c, gid: b}\n"
			"- {path: y, contents: \"\", uid: root, gid: 5}\n");
	unsigned id = 0;

	assert_silent(t);
	assert_true(config_id(c, "a", &id));
	assert_int_equal(id, 100);
	assert_int_equal(c->files[0].uid, 102);
	assert_int_equal(c->files[0].gid, 101);
	assert_int_equal(c->files[1].uid, 0);
	assert_int_equal(c->files[1].gid, 5);
	assert_false(config_id(c, "d", &id));
	assert_null(load(t, "files: [{path: x, contents: \"\", uid: \"5\"}]\n"));
	assert_said(t, "write a number without quotes");
}

static void a_file_is_what_its_keys_say(void **state)
{
	struct desk *t = *state;
	const struct config *c = load(t,
		"files:\n- {path: /a, directory: true}\n- {path: b, symlink: a}\n"
		"- {path: c, contents: \"\"}\n- {path: d, source: /etc/x, optional: true, mode: "
		"\"4755\"}\n- {path: e, metadata: json, directory: false}\n");

	assert_silent(t);
	assert_int_equal(c->n_files, 5);
	assert_string_equal(c->files[0].path, "a");
	assert_int_equal(c->files[0].kind, FILE_DIRECTORY);
	assert_int_equal(c->files[0].mode, 0700);
	assert_int_equal(c->files[1].kind, FILE_SYMLINK);
	assert_string_equal(c->files[1].value, "a");
	assert_int_equal(c->files[2].kind, FILE_CONTENTS);
	assert_int_equal(c->files[2].mode, 0600);
	assert_int_equal(c->files[3].kind, FILE_SOURCE);
	assert_int_equal(c->files[3].mode, 04755);
	assert_true(c->files[3].optional);
	assert_int_equal(c->files[4].kind, FILE_METADATA);
}

static void a_source_lies_beside_its_yaml_or_here_or_at_home(void **state)
{
	struct desk *t = *state;
	const struct config *c;
	const char *paths[1];

	(void)desk_file(t, "deep/data.txt", "x");
	assert_int_equal(setenv("HOME", "/home/goat", 1), 0);
	paths[0] = desk_file(t, "deep/f.yml",
		"files:\n- {path: a, source: data.txt}\n"
		"- {path: b, source: assembler/config.c}\n- {path: c, source: ~/key}\n"
		"- {path: d, source: nowhere}\n");
	c = config_load(t->a, t->d, paths, 1);
	assert_silent(t);
	assert_string_equal(c->files[0].value, desk_path(t, "deep/data.txt"));
	assert_string_equal(c->files[1].value, "assembler/config.c");
	assert_string_equal(c->files[2].value, "/home/goat/key");
	assert_string_equal(c->files[3].value, desk_path(t, "deep/nowhere"));
}

static void trust_is_taken_and_forgotten(void **state)
{
	struct desk *t = *state;

	assert_non_null(load(t, "trust: {image: [x], org: [y]}\nservices: []\n"));
	assert_silent(t);
}

static void wrong_shapes_never_crash(void **state)
{
	static const char *const texts[] = {"services: [x, [y], {name: [z]}]\n", "kernel: x\n",
		"files: [{path: [x]}, y]\n", "volumes: [x, {name: {}}]\n", "- x\n", "x\n",
		"services: [{name: s, image: x, binds: x, mounts: [x], additionalGids: x}]\n",
		"services: [{name: s, image: [], binds: [[v]]}]\n",
		"services: [{name: s, image: x, mounts: [{type: bind, source: v, options: x}]}]\n",
		"init: x\n", "init: [[x]]\n",
		"services: [{name: s, image: x, after: [[x], {y: z}]}]\n",
		"services: [{name: s, image: x, uid: [x]}]\n"};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		desk_again(t);
		assert_null(load(t, texts[i]));
		assert_true(diag_count(t->d) > 0);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(the_kernels_fields_have_linuxkits_defaults),
		T(a_later_file_overrides_the_kernel_and_adds_to_lists),
		T(a_later_file_may_use_the_volumes_of_an_earlier),
		T(the_errors_of_all_files_come_at_once),
		T(names_in_a_file_that_cannot_be_read_are_not_missed),
		T(services_have_names_of_their_own_and_onboot_may_share),
		T(a_volume_must_exist_and_a_readonly_one_stays_so),
		T(two_volumes_need_two_names),
		T(after_names_what_can_come_first),
		T(containers_named_as_ids_count_from_a_hundred),
		T(a_file_is_what_its_keys_say),
		T(a_source_lies_beside_its_yaml_or_here_or_at_home),
		T(trust_is_taken_and_forgotten),
		T(wrong_shapes_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
