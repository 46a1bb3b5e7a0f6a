/*
 * What the keys of a system that are no container's become: tests/fixtures/layout/NAME.yml, and
 * NAME.tree with every line that it adds to the image of an empty system, "PATH MODE UID:GID WHAT",
 * written from LinuxKit's source.  A key of the schema that no file uses is a failure.
 */
#include "world.h"

#include <dirent.h>

#include "../../../assembler/oci.h"
#include "../../../assembler/schema.h"
#include "../../../assembler/system.h"

#define FOLDER "tests/fixtures/layout"

static void put_image(struct desk *t, const char *ref, const struct tree *tree)
{
	const struct oci_new image = {.ref = ref, .arch = "amd64", .tree = tree};

	assert_int_equal(oci_put(t->a, desk_path(t, "root/build/oci/x86_64"), &image), 0);
}

/* goat/data, and goat/kernel with a kernel by another name. */
static void put_images(struct desk *t)
{
	struct tree *data = tree_new(), *kernel = tree_new();
	struct maker m = maker_open(t, "modules.tar", PACK_NONE);
	int fd;

	assert_int_equal(tree_put_file(data, "data", 0640, "data", 4), 0);
	put_image(t, "goat/data", data);
	maker_add(&m, "lib/modules/9/kernel/any.ko", S_IFREG | 0644, "any");
	fd = open(maker_close(&m), O_RDONLY | O_CLOEXEC);
	assert_int_equal(tree_put_file(kernel, "bzImage", 0644, "boots", 5), 0);
	assert_int_equal(tree_put_file(kernel, "ucode.cpio", 0644, "u", 1), 0);
	assert_int_equal(tree_put_fd(kernel, "modules.tar", 0644, fd), 0);
	(void)close(fd);
	put_image(t, "goat/kernel", kernel);
	tree_free(data);
	tree_free(kernel);
}

/* The image's lines, and what goes beside it. */
static const char *lay_out(struct world *w, const char *const *paths)
{
	struct desk *t = w->desk;
	const struct config *c = config_load(t->a, t->d, paths, 1);
	struct image_ctx ctx = {0};
	struct kernel kernel;
	struct layout layout;
	const char *text;

	assert_silent(t);
	assert_int_equal(verb_images(&w->env, t->d, NULL, &ctx), 0);
	if (kernel_get(&ctx, c, &kernel) < 0 || system_make(&ctx, c, &kernel, &layout) < 0)
		assert_silent(t);
	text = arena_printf(t->a, "%skernel %s\nucode %s\ncmdline %s\n", dump(t, layout.merged),
		content(t, kernel.boot, "kernel"),
		tree_get(kernel.boot, "ucode") ? content(t, kernel.boot, "ucode") : "none",
		c->kernel.cmdline);
	system_free(&layout);
	kernel_free(&kernel);
	return text;
}

/* The lines of `text` that `base` has not; of what is long, that it is there. */
static const char *added(struct desk *t, const char *base, const char *text)
{
	const char *result = "";

	for (size_t n; *text; text += n) {
		const char *line;

		n = strcspn(text, "\n") + 1;
		line = arena_strndup(t->a, text, n);
		/* What tells of the components is test_show's. */
		if (strstr(base, line) || strncmp(line, "etc/nanny/image.json ", 21) == 0)
			continue;
		if (strstr(line, " bytes)\n"))
			line = arena_printf(
				t->a, "%.*s(long)\n", (int)(strrchr(line, '(') - line), line);
		result = arena_printf(t->a, "%s%s", result, line);
	}
	return result;
}

static const char *fixture(struct desk *t, const char *name, const char *suffix)
{
	return arena_printf(t->a, FOLDER "/%.*s%s", (int)(strlen(name) - 4), name, suffix);
}

static char *read_all(struct desk *t, const char *path)
{
	char *text = arena_alloc(t->a, 65536);
	FILE *f = fopen(path, "re");

	if (!f)
		fail_msg("%s is not there", path);
	text[fread(text, 1, 65535, f)] = '\0';
	(void)fclose(f);
	return text;
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && strcmp(e->d_name + n - 4, ".yml") == 0;
}

static void every_system_is_laid_out_as_stands_beside_it(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *empty = desk_file(t, "empty.yml", "services: []\n"), *base;
	struct dirent **names;
	int n = scandir(FOLDER, &names, is_yaml, alphasort);

	assert_true(n > 5);
	put_images(t);
	assert_int_equal(setenv("HOME", FOLDER, 1), 0);
	base = lay_out(w, &empty);
	for (int i = 0; i < n; i++) {
		const char *yaml = fixture(t, names[i]->d_name, ".yml");
		const char *want = read_all(t, fixture(t, names[i]->d_name, ".tree"));
		const char *is = added(t, base, lay_out(w, &yaml));

		/* Longer than cmocka prints. */
		if (strcmp(is, want) != 0) {
			(void)fprintf(stderr, "wanted\n%s\nbut it is\n%s\n", want, is);
			fail_msg("%s", yaml);
		}
		free(names[i]);
	}
	free(names);
}

/* Is the key at this place of one of the documents? */
static bool is_used(const struct ynode *n, const char *list, const char *key)
{
	const struct ynode *in = list ? ynode_get(n, list) : n;

	if (in && in->kind == YNODE_MAP)
		return ynode_get(in, key);
	for (size_t i = 0; in && i < in->n; i++)
		if (ynode_get(in->item[i], key))
			return true;
	return false;
}

static void every_key_of_a_system_is_laid_out(void **state)
{
	struct desk *t = *state;
	struct ynode *docs[32];
	struct dirent **names;
	int n = scandir(FOLDER, &names, is_yaml, alphasort);

	assert_in_range(n, 1, 32);
	for (int i = 0; i < n; i++) {
		docs[i] = yaml_load(t->a, t->d, fixture(t, names[i]->d_name, ".yml"));
		free(names[i]);
	}
	free(names);
	for (const struct schema_key *k = schema_linuxkit.keys; k->name; k++) {
		const struct schema_type *type =
			k->type->kind == SCHEMA_LIST ? k->type->item : k->type;
		bool is_found = false;

		for (int i = 0; i < n; i++)
			is_found |= is_used(docs[i], NULL, k->name);
		if (!is_found)
			fail_msg("no fixture has the key %s", k->name);
		/* The keys of containers are test_golden.c's. */
		if (type->kind != SCHEMA_RECORD || strcmp(type->keys[1].name, "image") == 0)
			if (strcmp(k->name, "volumes") != 0)
				continue;
		for (const struct schema_key *below = type->keys; below->name; below++) {
			is_found = false;
			for (int i = 0; i < n; i++)
				is_found |= is_used(docs[i], k->name, below->name);
			if (!is_found)
				fail_msg("no fixture has the key %s.%s", k->name, below->name);
		}
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(every_system_is_laid_out_as_stands_beside_it),
		T(every_key_of_a_system_is_laid_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
