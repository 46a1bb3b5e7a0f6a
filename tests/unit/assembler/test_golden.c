/*
 * What each key of an image entry becomes: a table of files, tests/fixtures/spec/KEY.yml with
 *
 *   KEY.config.json, KEY.runtime.json   what is other than in plain.*.json (RFC 7386: null takes
 *                                       away); without the file nothing is
 *   KEY.label.json                      the label of its image
 *
 * written from LinuxKit's source and the OCI runtime specification, not from what nanny makes.
 * KEY.VARIANT.yml is a further case.  A key of the schema that no file of its name uses is a
 * failure.
 */
#include "said.h"

#include <dirent.h>

#include <jansson.h>

#include "../../../assembler/schema.h"
#include "../../../assembler/spec.h"

#define FOLDER "tests/fixtures/spec"

static const char *fixture(struct desk *t, const char *name, const char *suffix)
{
	return arena_printf(t->a, FOLDER "/%s%s", name, suffix);
}

/* NULL when there is no such file. */
static json_t *read_json(struct desk *t, const char *name, const char *suffix)
{
	const char *path = fixture(t, name, suffix);
	json_error_t error;
	json_t *o;

	if (access(path, F_OK) < 0)
		return NULL;
	o = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);
	if (!o)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	return o;
}

/* RFC 7386. */
static void patch(json_t *o, const json_t *change)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)change, key, value)
	{
		if (json_is_null(value)) {
			(void)json_object_del(o, key);
			continue;
		}
		if (!json_is_object(value)) {
			assert_int_equal(json_object_set(o, key, value), 0);
			continue;
		}
		if (!json_is_object(json_object_get(o, key)))
			assert_int_equal(json_object_set_new(o, key, json_object()), 0);
		patch(json_object_get(o, key), value);
	}
}

static void compare(struct desk *t, const char *name, const char *suffix, const char *text)
{
	json_t *want = read_json(t, "plain", suffix), *change = read_json(t, name, suffix);
	json_t *is = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);

	assert_non_null(is);
	patch(want, change);
	if (!json_equal(is, want)) {
		char *wanted = json_dumps(want, JSON_INDENT(4));

		fail_msg("%s%s: wanted\n%s\nbut it is\n%s", name, suffix, wanted, text);
	}
	json_decref(change);
	json_decref(want);
	json_decref(is);
}

static const struct ynode *read_label(struct desk *t, const char *name)
{
	const char *path = fixture(t, name, ".label.json");
	const struct ynode *label;

	if (access(path, F_OK) < 0)
		return NULL;
	label = yaml_load(t->a, t->d, path);
	assert_non_null(label);
	assert_int_equal(schema_check_label(t->d, label), 0);
	return label;
}

static const struct entry *only_entry(const struct config *c)
{
	return c->n_services ? &c->services[0] : &c->onboot[0];
}

static void check_fixture(struct desk *t, const char *name)
{
	static const char *entrypoint[] = {"/docker-entrypoint.sh", NULL}, *cmd[] = {"nginx", NULL};
	static const char *env[] = {"PATH=/bin", NULL};
	static const struct spec_paths where = {
		"/containers/services/web", "/containers/services/other/lower"};
	const struct image_config img = {
		.entrypoint = entrypoint, .cmd = cmd, .env = env, .label = read_label(t, name)};
	const char *paths[] = {fixture(t, name, ".yml")};
	const struct config *c = config_load(t->a, t->d, paths, 1);
	struct spec spec;

	assert_silent(t);
	assert_non_null(c);
	if (spec_make(t->a, t->d, c, only_entry(c), &img, &where, &spec) < 0)
		assert_silent(t);
	compare(t, name, ".config.json", spec.config_json);
	compare(t, name, ".runtime.json", spec.runtime_json);
}

static void every_fixture_becomes_what_stands_beside_it(void **state)
{
	struct desk *t = *state;
	DIR *dir = opendir(FOLDER);
	struct dirent *e;
	int n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name);

		if (len < 4 || strcmp(e->d_name + len - 4, ".yml") != 0)
			continue;
		check_fixture(t, arena_strndup(t->a, e->d_name, len - 4));
		n++;
	}
	(void)closedir(dir);
	assert_true(n > 70);
}

/* Every key below this type is somewhere in the node. */
static void uses_all(const struct schema_type *type, const struct ynode *n, const char *where)
{
	char below[256];

	if (type->kind == SCHEMA_LIST && type->item->kind == SCHEMA_RECORD) {
		for (const struct schema_key *k = type->item->keys; k->name; k++) {
			const struct ynode *value = NULL;

			for (size_t i = 0; i < n->n && !value; i++)
				value = ynode_get(n->item[i], k->name);
			(void)snprintf(below, sizeof(below), "%s[].%s", where, k->name);
			if (!value)
				fail_msg("no fixture has the key %s", below);
			uses_all(k->type, value, below);
		}
		return;
	}
	for (const struct schema_key *k = type->kind == SCHEMA_RECORD ? type->keys : NULL;
		k && k->name; k++) {
		(void)snprintf(below, sizeof(below), "%s.%s", where, k->name);
		if (!ynode_get(n, k->name))
			fail_msg("no fixture has the key %s", below);
		uses_all(k->type, ynode_get(n, k->name), below);
	}
}

static void every_key_has_a_fixture(void **state)
{
	struct desk *t = *state;

	/* A label has all keys of an entry but its name and image, which are in every fixture. */
	for (const struct schema_key *k = schema_label.keys; k->name; k++) {
		const char *paths[] = {fixture(t, k->name, ".yml")};
		const struct config *c;
		const struct ynode *value;

		if (access(paths[0], F_OK) < 0)
			fail_msg("the key '%s' has no %s", k->name, paths[0]);
		c = config_load(t->a, t->d, paths, 1);
		assert_silent(t);
		value = ynode_get(only_entry(c)->node, k->name);
		if (!value)
			fail_msg("%s does not use its key", paths[0]);
		uses_all(k->type, value, k->name);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(every_fixture_becomes_what_stands_beside_it),
		T(every_key_has_a_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
