#include "back.h"

#include <dirent.h>
#include <jansson.h>

#include "../../../assembler/layer.h"
#include "../../../assembler/oci.h"

static struct tree *one_file(const char *text)
{
	struct tree *tree = tree_new();

	assert_int_equal(tree_put_file(tree, "f", 0644, text, strlen(text)), 0);
	return tree;
}

static void put(
	struct desk *t, const char *dir, const char *ref, const char *arch, const char *text)
{
	struct tree *tree = one_file(text);
	const struct oci_new image = {.ref = ref,
		.arch = arch,
		.tree = tree,
		.label = "{\"net\":\"host\"}",
		.inputs = text};

	assert_int_equal(oci_put(t->a, dir, &image), 0);
	tree_free(tree);
}

static const char *unpacked(struct desk *t, const struct oci_image *image)
{
	struct tree *tree = tree_new();
	const char *text;

	for (size_t i = 0; i < image->n_layers; i++)
		assert_int_equal(layer_apply(tree, image->layer[i].file, image->layer[i].digest,
					 image->layer[i].diff_id),
			0);
	text = dump(t, tree);
	tree_free(tree);
	return text;
}

static void what_is_put_is_found(void **state)
{
	struct desk *t = *state;
	const char *dir = desk_path(t, "put/deep");
	struct oci_image image;

	put(t, dir, "nanny/a", "amd64", "one");
	assert_int_equal(oci_find(t->a, dir, "nanny/a", "amd64", &image), OCI_FOUND);
	assert_string_equal(image.inputs, "one");
	assert_non_null(strstr(image.config, "{\\\"net\\\":\\\"host\\\"}"));
	assert_string_equal(unpacked(t, &image), "f 0644 0:0 file one\n");
	assert_string_equal(image.layer[0].digest, image.layer[0].diff_id);
}

static void an_image_of_the_same_name_is_replaced(void **state)
{
	struct desk *t = *state;
	const char *dir = desk_path(t, "replace");
	struct oci_image image;

	put(t, dir, "b", "amd64", "b");
	put(t, dir, "a", "amd64", "one");
	put(t, dir, "a", "amd64", "two");
	assert_int_equal(oci_find(t->a, dir, "a", "amd64", &image), OCI_FOUND);
	assert_string_equal(unpacked(t, &image), "f 0644 0:0 file two\n");
	assert_int_equal(oci_find(t->a, dir, "b", "amd64", &image), OCI_FOUND);
	assert_int_equal(oci_find(t->a, dir, "c", "amd64", &image), OCI_ABSENT);
	assert_non_null(strstr(image.why, "replace has a, b"));
	assert_int_equal(oci_find(t->a, dir, NULL, "amd64", &image), OCI_ABSENT);
	assert_non_null(strstr(image.why, "name one of them: a, b"));
}

static void the_same_images_give_the_same_bytes(void **state)
{
	struct desk *t = *state;
	const char *x = desk_path(t, "x"), *y = desk_path(t, "y");

	put(t, x, "a", "amd64", "a");
	put(t, x, "b", "amd64", "b");
	put(t, y, "b", "amd64", "b");
	put(t, y, "a", "amd64", "a");
	assert_string_equal(digest_of(t, desk_path(t, "x/index.json")),
		digest_of(t, desk_path(t, "y/index.json")));
}

static void another_architecture_is_no_match(void **state)
{
	struct desk *t = *state;
	const char *dir = desk_path(t, "arch");
	struct oci_image image;

	put(t, dir, "a", "arm64", "a");
	assert_int_equal(oci_find(t->a, dir, "a", "amd64", &image), OCI_ABSENT);
	assert_non_null(strstr(image.why, "for linux/arm64, not for linux/amd64"));
	assert_int_equal(oci_find(t->a, dir, "a", "arm64", &image), OCI_FOUND);
}

static void no_layout_is_said_by_name(void **state)
{
	struct desk *t = *state;
	struct oci_image image;

	assert_int_equal(oci_find(t->a, desk_path(t, "none"), "a", "amd64", &image), OCI_ABSENT);
	assert_non_null(strstr(image.why, "none/index.json"));
}

/* An index with one entry, which is the blob with this content; the blob's descriptor. */
static json_t *put_blob(struct desk *t, const char *dir, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	const char *path = desk_file(t, arena_printf(t->a, "%s/blobs/sha256/x", dir), text);
	const char *digest = digest_of(t, path);

	assert_int_equal(rename(path, desk_path(t, arena_printf(t->a, "%s/blobs/sha256/%s", dir,
							   digest + 7))),
		0);
	free(text);
	json_decref(json);
	return json_pack("{s:s}", "digest", digest);
}

static void put_index(struct desk *t, const char *dir, json_t *manifests)
{
	json_t *index = json_pack("{s:i, s:o}", "schemaVersion", 2, "manifests", manifests);
	char *text = json_dumps(index, 0);

	(void)desk_file(t, arena_printf(t->a, "%s/index.json", dir), text);
	free(text);
	json_decref(index);
}

/* The descriptor of an image without layers. */
static json_t *put_empty(struct desk *t, const char *dir, const char *arch, const char *user)
{
	json_t *config = put_blob(t, dir,
		json_pack("{s:s, s:s, s:{s:s}}", "architecture", arch, "os", "linux", "config",
			"User", user));

	return put_blob(t, dir, json_pack("{s:o, s:[]}", "config", config, "layers"));
}

static json_t *for_platform(json_t *descriptor, const char *os, const char *arch)
{
	(void)json_object_set_new(
		descriptor, "platform", json_pack("{s:s, s:s}", "os", os, "architecture", arch));
	return descriptor;
}

static void the_platform_is_chosen_through_nested_indexes(void **state)
{
	struct desk *t = *state;
	struct oci_image image;
	json_t *absent = json_pack("{s:s}", "digest",
		"sha256:0000000000000000000000000000000000000000000000000000000000000000");
	json_t *inner =
		json_pack("{s:[o,o,o,o]}", "manifests", for_platform(absent, "linux", "s390x"),
			for_platform(put_empty(t, "nest", "amd64", "win"), "windows", "amd64"),
			for_platform(put_empty(t, "nest", "arm64", "arm"), "linux", "arm64"),
			for_platform(put_empty(t, "nest", "amd64", "pc"), "linux", "amd64"));

	put_index(t, "nest", json_pack("[o]", put_blob(t, "nest", inner)));
	assert_int_equal(oci_find(t->a, desk_path(t, "nest"), NULL, "amd64", &image), OCI_FOUND);
	assert_non_null(strstr(image.config, "\"User\":\"pc\""));
	assert_int_equal(oci_find(t->a, desk_path(t, "nest"), NULL, "arm64", &image), OCI_FOUND);
	assert_non_null(strstr(image.config, "\"User\":\"arm\""));
	assert_int_equal(oci_find(t->a, desk_path(t, "nest"), NULL, "riscv64", &image), OCI_ABSENT);
}

static enum oci_found find_quietly(struct desk *t, const char *dir, const char **ret_said)
{
	struct oci_image image;
	struct caught c = caught_begin();
	enum oci_found found = oci_find(t->a, desk_path(t, dir), NULL, "amd64", &image);

	*ret_said = caught_end(t, c);
	return found;
}

static void an_image_that_names_no_platform_is_asked_itself(void **state)
{
	struct desk *t = *state;
	struct oci_image image;

	put_index(t, "bare", json_pack("[o]", put_empty(t, "bare", "arm64", "x")));
	assert_int_equal(oci_find(t->a, desk_path(t, "bare"), NULL, "amd64", &image), OCI_ABSENT);
	assert_int_equal(oci_find(t->a, desk_path(t, "bare"), NULL, "arm64", &image), OCI_FOUND);
}

static void another_system_is_no_match(void **state)
{
	struct desk *t = *state;
	json_t *config = put_blob(
		t, "other", json_pack("{s:s, s:s}", "architecture", "amd64", "os", "windows"));
	struct oci_image image;

	put_index(t, "other",
		json_pack("[o]", put_blob(t, "other",
					 json_pack("{s:o, s:[]}", "config", config, "layers"))));
	assert_int_equal(oci_find(t->a, desk_path(t, "other"), NULL, "amd64", &image), OCI_ABSENT);
	assert_non_null(strstr(image.why, "for windows/amd64, not for linux/amd64"));
}

static void a_digest_is_never_a_path(void **state)
{
	static const char long_way[] =
		"sha256:../.././//////////////////////////////////////////////////secret";
	struct desk *t = *state;
	const char *said;

	assert_int_equal(strlen(long_way), 7 + 64);
	(void)desk_file(t, "long/secret", "{}");
	put_index(t, "long", json_pack("[{s:s}]", "digest", long_way));
	assert_int_equal(find_quietly(t, "long", &said), OCI_BROKEN);
	assert_non_null(strstr(said, "is no sha256 digest"));
	(void)desk_file(t, "evil/secret", "{}");
	put_index(t, "evil", json_pack("[{s:s}]", "digest", "sha256:../../secret"));
	assert_int_equal(find_quietly(t, "evil", &said), OCI_BROKEN);
	assert_non_null(strstr(said, "is no sha256 digest"));
}

static void a_damaged_blob_is_an_error(void **state)
{
	struct desk *t = *state;
	json_t *descriptor = put_empty(t, "bad", "amd64", "x");
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));
	const char *said;

	(void)desk_file(t, arena_printf(t->a, "bad/blobs/sha256/%s", digest + 7), "{}");
	put_index(t, "bad", json_pack("[o]", descriptor));
	assert_int_equal(find_quietly(t, "bad", &said), OCI_BROKEN);
	assert_non_null(strstr(said, "damaged"));
}

static void indexes_that_hold_each_other_end(void **state)
{
	struct desk *t = *state;
	json_t *d = put_empty(t, "deep", "amd64", "x");
	const char *said;

	for (int i = 0; i < 9; i++)
		d = put_blob(t, "deep", json_pack("{s:[o]}", "manifests", d));
	put_index(t, "deep", json_pack("[o]", d));
	assert_int_equal(find_quietly(t, "deep", &said), OCI_BROKEN);
	assert_non_null(strstr(said, "nested too deep"));
}

static void no_half_written_file_is_left(void **state)
{
	struct desk *t = *state;
	const char *dir = desk_path(t, "left");
	struct dirent *e;
	DIR *d;
	int n = 0;

	put(t, dir, "a", "amd64", "a");
	d = opendir(dir);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	(void)closedir(d);
	assert_int_equal(n, 3); /* blobs, index.json, oci-layout */
}

static void another_tool_reads_what_is_put(void **state)
{
	struct desk *t = *state;
	const char *dir = desk_path(t, "foreign");
	char *argv[] = {(char *)"skopeo", (char *)"inspect", (char *)"--raw",
		arena_printf(t->a, "oci:%s:nanny/a", dir), NULL};
	pid_t pid;
	int status;

	put(t, dir, "nanny/a", "amd64", "one");
	pid = fork();
	if (pid == 0) {
		(void)dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found),
		cmocka_unit_test(an_image_of_the_same_name_is_replaced),
		cmocka_unit_test(the_same_images_give_the_same_bytes),
		cmocka_unit_test(another_architecture_is_no_match),
		cmocka_unit_test(no_layout_is_said_by_name),
		cmocka_unit_test(the_platform_is_chosen_through_nested_indexes),
		cmocka_unit_test(an_image_that_names_no_platform_is_asked_itself),
		cmocka_unit_test(another_system_is_no_match),
		cmocka_unit_test(a_digest_is_never_a_path),
		cmocka_unit_test(a_damaged_blob_is_an_error),
		cmocka_unit_test(indexes_that_hold_each_other_end),
		cmocka_unit_test(no_half_written_file_is_left),
		cmocka_unit_test(another_tool_reads_what_is_put),
	};

	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
