#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../init/bundle.h"

static char folder[] = "/tmp/nanny-bundle-XXXXXX";
static char error[128];

static int setup(void **state)
{
	(void)state;
	memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/config.json", folder);
	(void)unlink(path);
	return rmdir(folder);
}

static json_t *read_text(const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/config.json", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	error[0] = '\0';
	return bundle_read(folder, "config.json", error, sizeof(error));
}

static void what_is_no_object_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "config.json:"},
		{"{\n\"a\": 1,\n}", "config.json:3:"},
		{"[1]", "no JSON object"},
		{"{\"a\": 1, \"a\": 2}", "duplicate"},
		{"{\"a\": \"\xff\"}", "config.json:1:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(read_text(cases[i].text));
		if (!strstr(error, cases[i].says))
			fail_msg("\"%s\" said \"%s\"", cases[i].text, error);
	}
	assert_null(bundle_read(folder, "nothing.json", error, sizeof(error)));
	assert_non_null(strstr(error, "nothing.json"));
}

static void unlimited_as_linuxkit_writes_it_is_read(void **state)
{
	json_t *o = read_text("{\"hard\": 18446744073709551615, \"x\": \"\\u0026\\u003e\"}");

	(void)state;
	assert_non_null(o);
	assert_string_equal(bundle_string(o, "x"), "&>");
	json_decref(o);
}

static void members_of_another_type_are_as_good_as_none(void **state)
{
	json_t *o = read_text("{\"list\": \"x\", \"text\": [1], \"good\": [1, 2], \"none\": null}");
	json_t *list;

	(void)state;
	assert_non_null(o);
	assert_int_equal(bundle_array(o, "list", &list), 0);
	assert_int_equal(bundle_array(o, "none", &list), 0);
	assert_int_equal(bundle_array(o, "absent", &list), 0);
	assert_int_equal(bundle_array(o, "good", &list), 2);
	assert_string_equal(bundle_string(o, "text"), "");
	assert_string_equal(bundle_string(NULL, "text"), "");
	json_decref(o);
}

static void relative_paths_are_inside_the_container_s_root(void **state)
{
	char path[64];

	(void)state;
	assert_int_equal(bundle_path("/b", "x/y", path, sizeof(path)), 0);
	assert_string_equal(path, "/b/rootfs/x/y");
	assert_int_equal(bundle_path("/b", "/x", path, sizeof(path)), 0);
	assert_string_equal(path, "/x");
	assert_int_equal(bundle_path("/b", "0123456789", path, 8), -1);
}

static void folders_are_made_with_their_parents(void **state)
{
	char deep[64], mid[64];
	struct stat st;

	(void)state;
	snprintf(mid, sizeof(mid), "%s/a", folder);
	snprintf(deep, sizeof(deep), "%s/a/b", folder);
	assert_int_equal(bundle_mkdirs(deep), 0);
	assert_int_equal(bundle_mkdirs(deep), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(rmdir(mid), 0);
	assert_int_equal(bundle_mkdirs("/proc/nothing/here"), -1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_no_object_is_refused_with_its_line),
		T(unlimited_as_linuxkit_writes_it_is_read),
		T(members_of_another_type_are_as_good_as_none),
		T(relative_paths_are_inside_the_container_s_root),
		T(folders_are_made_with_their_parents),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
