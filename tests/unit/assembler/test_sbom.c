#include "world.h"

#include <jansson.h>

#include "../../../assembler/licence.h"
#include "../../../assembler/oci.h"

static const char system_yml[] =
	"onboot:\n  - name: first\n    image: nanny/web\n"
	"services:\n  - name: app\n    image: oci:%s:app\n    command: [/run]\n";

static int verb(struct world *w, verb_run *run, const char *const args[], const char **ret_said)
{
	char *argv[12] = {(char *)"verb"};

	for (int i = 0; args[i]; i++)
		argv[i + 1] = (char *)args[i];
	return world_verb(w, run, argv, ret_said);
}

/* An image with these files, path and text in turn. */
static void put_image(struct desk *t, const char *const files[])
{
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = "app", .arch = "amd64", .tree = tree};

	assert_int_equal(tree_put_file(tree, "run", 0755, "x", 1), 0);
	for (; files[0]; files += 2)
		assert_int_equal(
			tree_put_file(tree, files[0], 0644, files[1], strlen(files[1])), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
}

/* The bill of materials of a system whose service is that image. */
static json_t *bill(struct world *w, const char *const files[])
{
	struct desk *t = w->desk;
	const char *yml =
		desk_file(t, "goat.yml", arena_printf(t->a, system_yml, desk_path(t, "layout")));
	const char *said, *args[] = {"--output", desk_path(t, "out"), "--sbom-output",
				  desk_path(t, "sbom.json"), yml, NULL};
	json_t *doc;

	put_image(t, files);
	if (verb(w, verb_build, args, &said) != 0)
		fail_msg("%s", said);
	doc = json_load_file(desk_path(t, "sbom.json"), 0, NULL);
	assert_non_null(doc);
	return doc;
}

static const char *str(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static const json_t *package(const json_t *doc, const char *name)
{
	const json_t *j;
	size_t i;

	json_array_foreach(json_object_get(doc, "packages"), i, j)
	{
		if (strcmp(str(j, "name"), name) == 0)
			return j;
	}
	return NULL;
}

static const char *purl(const json_t *p)
{
	return str(json_array_get(json_object_get(p, "externalRefs"), 0), "referenceLocator");
}

static bool is_related(const json_t *doc, const json_t *from, const char *type, const json_t *to)
{
	const json_t *j;
	size_t i;

	json_array_foreach(json_object_get(doc, "relationships"), i, j)
	{
		if (strcmp(str(j, "spdxElementId"), str(from, "SPDXID")) == 0 &&
			strcmp(str(j, "relationshipType"), type) == 0 &&
			strcmp(str(j, "relatedSpdxElement"), str(to, "SPDXID")) == 0)
			return true;
	}
	return false;
}

/* What SPDX 2.3 requires of any document, and that every id that is used is there once. */
static void assert_valid(const json_t *doc)
{
	static const char *const needed[] = {"SPDXID", "name", "downloadLocation"};
	json_t *ids = json_object();
	const json_t *j;
	size_t i;

	assert_string_equal(str(doc, "spdxVersion"), "SPDX-2.3");
	assert_string_equal(str(doc, "dataLicense"), "CC0-1.0");
	assert_string_equal(str(doc, "SPDXID"), "SPDXRef-DOCUMENT");
	assert_true(strncmp(str(doc, "documentNamespace"), "https://", 8) == 0);
	assert_int_equal(strlen(str(json_object_get(doc, "creationInfo"), "created")), 20);
	(void)json_object_set_new(ids, "SPDXRef-DOCUMENT", json_true());
	json_array_foreach(json_object_get(doc, "packages"), i, j)
	{
		const char *id = str(j, "SPDXID");

		for (size_t k = 0; k < sizeof(needed) / sizeof(needed[0]); k++)
			assert_string_not_equal(str(j, needed[k]), "");
		assert_true(json_is_false(json_object_get(j, "filesAnalyzed")));
		assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					    "0123456789.-"),
			strlen(id));
		assert_null(json_object_get(ids, id));
		(void)json_object_set_new(ids, id, json_true());
	}
	json_array_foreach(json_object_get(doc, "relationships"), i, j)
	{
		assert_non_null(json_object_get(ids, str(j, "spdxElementId")));
		assert_non_null(json_object_get(ids, str(j, "relatedSpdxElement")));
	}
	json_decref(ids);
}

static void pinned_packages_are_in_it(void **state)
{
	struct world *w = world_open(*state);
	json_t *doc = bill(w, (const char *[]){NULL});
	const json_t *shell = package(doc, "shell"), *web = package(doc, "nanny/web");

	assert_valid(doc);
	assert_string_equal(str(shell, "versionInfo"), "1");
	assert_string_equal(purl(shell), "pkg:deb/debian/shell@1?arch=amd64&distro=trixie");
	assert_int_equal(strlen(str(json_array_get(json_object_get(shell, "checksums"), 0),
				 "checksumValue")),
		64);
	assert_true(is_related(doc, web, "CONTAINS", shell));
	assert_non_null(package(doc, "kernel"));
	assert_true(is_related(doc, package(doc, "goat"), "CONTAINS", web));
	assert_string_equal(
		str(json_object_get(doc, "creationInfo"), "created"), "2026-11-24T00:00:00Z");
	json_decref(doc);
}

static void what_dpkg_has_installed(void **state)
{
	struct world *w = world_open(*state);
	json_t *doc = bill(
		w, (const char *[]){"etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n",
			   "var/lib/dpkg/status",
			   "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
			   "Version: 2.36-9+deb12u4\n\n"
			   "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
			   "Package: bare\nVersion: 1:2\nArchitecture: all",
			   "usr/share/doc/libc6/copyright",
			   "Format: x\n\nFiles: debian/*\nLicense: GPL-3\n\nFiles: *\n"
			   "License: LGPL-2.1+ or GPL-2\n",
			   "var/lib/dpkg/status.d/tzdata",
			   "Package: tzdata\nVersion: 7\nArchitecture: all\n", NULL});
	const json_t *libc = package(doc, "libc6");

	assert_valid(doc);
	assert_string_equal(
		purl(libc), "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12");
	assert_string_equal(str(libc, "licenseDeclared"), "LGPL-2.1-or-later OR GPL-2.0-only");
	assert_true(is_related(doc, package(doc, "layout:app"), "CONTAINS", libc));
	assert_null(package(doc, "gone"));
	assert_string_equal(str(package(doc, "bare"), "versionInfo"), "1:2");
	assert_non_null(package(doc, "tzdata"));
	json_decref(doc);
}

static void what_apk_has_installed(void **state)
{
	struct world *w = world_open(*state);
	json_t *doc = bill(w, (const char *[]){"etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n",
				      "lib/apk/db/installed",
				      "C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\n"
				      "P:odd\nV:1\nA:x86_64\nL:something else\n\n",
				      NULL});
	const json_t *musl = package(doc, "musl"), *odd = package(doc, "odd");

	assert_valid(doc);
	assert_string_equal(
		purl(musl), "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1");
	assert_string_equal(str(musl, "licenseDeclared"), "MIT");
	assert_string_equal(str(odd, "licenseDeclared"), "NOASSERTION");
	assert_string_equal(str(odd, "licenseComments"), "as packaged: something else");
	json_decref(doc);
}

static void a_document_of_its_own_comes_first(void **state)
{
	struct world *w = world_open(*state);
	json_t *doc = bill(w,
		(const char *[]){"lib/apk/db/installed", "P:musl\nV:1\n\n", "sbom.spdx.json",
			"{\"packages\":[{\"SPDXID\":\"SPDXRef-a\",\"name\":\"one\",\"versionInfo\":"
			"\"1\","
			"\"downloadLocation\":\"NONE\",\"hasFiles\":[\"SPDXRef-f\"]},"
			"{\"SPDXID\":\"SPDXRef-b\",\"name\":\"two\",\"versionInfo\":\"2\","
			"\"downloadLocation\":\"NONE\"},{\"SPDXID\":\"../x\",\"name\":\"bad\"}],"
			"\"relationships\":[{\"spdxElementId\":\"SPDXRef-a\",\"relationshipType\":"
			"\"DEPENDS_ON\",\"relatedSpdxElement\":\"SPDXRef-b\"},{\"spdxElementId\":"
			"\"SPDXRef-a\",\"relationshipType\":\"CONTAINS\",\"relatedSpdxElement\":"
			"\"SPDXRef-f\"}]}",
			NULL});
	const json_t *one = package(doc, "one");

	assert_valid(doc);
	assert_null(package(doc, "musl"));
	assert_null(package(doc, "bad"));
	assert_null(json_object_get(one, "hasFiles"));
	assert_true(is_related(doc, one, "DEPENDS_ON", package(doc, "two")));
	assert_true(is_related(doc, package(doc, "layout:app"), "CONTAINS", one));
	json_decref(doc);
}

static void what_is_damaged_does_no_harm(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"packages\":7}",
		"{\"packages\":[7,{}]}", "{\"packages\":[{\"SPDXID\":1,\"name\":[]}]}"};
	struct world *w = world_open(*state);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *doc =
			bill(w, (const char *[]){"sbom.spdx.json", texts[i], "lib/apk/db/installed",
					"P:musl\nV:1\n\nP:\n\nV:1\n", NULL});

		assert_valid(doc);
		assert_non_null(package(doc, "musl"));
		json_decref(doc);
	}
}

static void the_same_system_gives_the_same_bytes(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *const files[] = {"lib/apk/db/installed", "P:b\nV:1\n\nP:a\nV:1\n", NULL};
	const char *first, *img;

	json_decref(bill(w, files));
	first = digest_of(t, desk_path(t, "sbom.json"));
	img = digest_of(t, desk_path(t, "out/goat-initrd.img"));
	assert_int_equal(
		world_run((const char *[]){"rm", "-rf", desk_path(t, "cache/nanny/licence"),
			desk_path(t, "root/build/oci"), desk_path(t, "layout"), NULL}),
		0);
	json_decref(bill(w, files));
	assert_string_equal(digest_of(t, desk_path(t, "sbom.json")), first);
	assert_string_equal(digest_of(t, desk_path(t, "out/goat-initrd.img")), img);
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1", 1), 0);
	json_decref(bill(w, files));
	assert_non_null(strstr(text_of(t, "sbom.json"), "\"created\": \"1970-01-01T00:00:01Z\""));
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
}

/* nanny show --json of the last build, as far as a file is in it. */
static bool is_in_image(struct world *w, const char *more)
{
	struct desk *t = w->desk;
	const char *said, *args[] = {"--output", desk_path(t, "out"), "--name", "x",
				  desk_path(t, "goat.yml"), more, NULL};
	const char *diff[] = {desk_path(t, "out/goat"), desk_path(t, "out/x"), "--json", NULL};

	assert_int_equal(verb(w, verb_build, args, &said), 0);
	return verb(w, verb_diff, diff, &said) == 0;
}

static void it_can_be_left_out(void **state)
{
	struct world *w = world_open(*state);

	json_decref(bill(w, (const char *[]){NULL}));
	assert_true(is_in_image(w, NULL));
	assert_false(is_in_image(w, "--no-sbom"));
}

static void licences_have_spdx_names(void **state)
{
	static const struct {
		const char *words, *spdx;
	} all[] = {
		{"GPL-2+", "GPL-2.0-or-later"},
		{"gpl-2", "GPL-2.0-only"},
		{"Expat", "MIT"},
		{"BSD-3-clause or GPL-2", "BSD-3-Clause OR GPL-2.0-only"},
		{"MIT AND ISC", "MIT AND ISC"},
		{"or MIT", NULL},
		{"MIT ISC", NULL},
		{"MIT or", NULL},
		{"GPL-2 with Linux-syscall-note exception", NULL},
		{"", NULL},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *spdx = licence_of_words(t->a, all[i].words);

		assert_string_equal(spdx ? spdx : "-", all[i].spdx ? all[i].spdx : "-");
	}
	assert_null(licence_of_copyright(t->a, "License: MIT\n"));
	assert_null(licence_of_copyright(t->a, "Format: x\n\nFiles: a*\nLicense: MIT\n"));
	assert_string_equal(
		licence_of_copyright(t->a, "Format: x\nFiles: *\nLicense:  MIT \n"), "MIT");
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(pinned_packages_are_in_it),
		IN_A_FOLDER(what_dpkg_has_installed),
		IN_A_FOLDER(what_apk_has_installed),
		IN_A_FOLDER(a_document_of_its_own_comes_first),
		IN_A_FOLDER(what_is_damaged_does_no_harm),
		IN_A_FOLDER(the_same_system_gives_the_same_bytes),
		IN_A_FOLDER(it_can_be_left_out),
		IN_A_FOLDER(licences_have_spdx_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
