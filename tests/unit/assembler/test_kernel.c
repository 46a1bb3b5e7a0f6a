#include "world.h"

#include "../../../assembler/kernel.h"
#include "../../../assembler/sbom.h"

/* The packages of one kernel as newer ones are: one has the image, one the modules, one all else.
 */
static const char *split_kernel(struct desk *t)
{
	static const char *const names[] = {"image-2.0", "modules-2.0", "base-2.0"};
	const char *lines = "";

	(void)desk_file(t, "deb/image-2.0/usr/lib/modules/2.0/vmlinuz", "the newer kernel");
	world_module(t, "deb/modules-2.0/usr/lib/modules/2.0/kernel/net/card.ko.xz", "bus");
	world_module(t, "deb/modules-2.0/usr/lib/modules/2.0/kernel/bus.ko.xz", "");
	(void)desk_file(t, "deb/base-2.0/usr/lib/modules/2.0/modules.builtin", "kernel/ext4.ko\n");
	(void)desk_file(t, "deb/base-2.0/usr/lib/modules/2.0/dtb/it/a.dtb", "a tree");
	(void)desk_file(t, "deb/base-2.0/usr/lib/modules/2.0/dtb/it/b.dtb", "another");
	(void)desk_file(t, "deb/base-2.0/usr/share/doc/base-2.0/copyright",
		"Format: x\n\nFiles: *\nLicense: GPL-2\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *line = strchr(world_deb(t, names[i]), ' ');

		lines = arena_printf(t->a, "%skernel amd64 later%s", lines,
			strchr(strchr(line + 1, ' ') + 1, ' '));
	}
	return lines;
}

/* A board whose kernel is of `suite` (YAML's text), in a tree with the kernel of two suites. */
static struct image_ctx context(struct desk *t, const char *suite)
{
	struct world *w = world_open(t);
	struct image_ctx ctx = {.arena = t->a, .diag = t->d, .root = w->env.root};
	const char *lines = arena_printf(t->a, "%s%s", world_deb(t, "kernel"), split_kernel(t));

	(void)desk_file(t, "root/boards/it/board.yml",
		arena_printf(t->a,
			"arch: amd64\nkernel: {package: kernel%s}\nmodules: [card]\n"
			"console: ttyS0\n"
			"boot: {how: uki, device-trees: [it/a.dtb]}\n",
			suite));
	ctx.board = board_load(t->a, t->d, desk_path(t, "root/boards"), "it");
	ctx.lock = lock_load(t->a, t->d, desk_file(t, "packages.lock", lines));
	return ctx;
}

static const char *content_of(struct desk *t, const struct tree *tree, const char *path)
{
	const struct tree_inode *f = tree_get(tree, path);
	char *text = arena_alloc(t->a, 256);

	assert_non_null(f);
	assert_true(tree_read(tree, f, text, 255, 0) >= 0);
	return text;
}

static void a_kernel_of_a_suite_may_be_several_packages(void **state)
{
	struct desk *t = *state;
	struct image_ctx ctx = context(t, ", suite: later, file: usr/lib/modules/*/vmlinuz");
	struct config c = {0};
	struct kernel k;

	/* The second time out of the cache. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kernel_get(&ctx, &c, &k), 0);
		assert_string_equal(content_of(t, k.boot, "kernel"), "the newer kernel");
		assert_string_equal(
			content_of(t, k.boot, KERNEL_DEVICE_TREES "/it/a.dtb"), "a tree");
		assert_null(tree_get(k.boot, KERNEL_DEVICE_TREES "/it/b.dtb"));
		assert_non_null(tree_get(k.boot, "copyright"));
		assert_string_equal(k.order,
			"/lib/modules/2.0/kernel/bus.ko\n/lib/modules/2.0/kernel/net/card.ko\n");
		assert_null(tree_get(k.modules, "1.0/kernel/net/card.ko"));
		kernel_free(&k);
	}
	assert_silent(t);
}

static void all_its_packages_are_in_the_bill_of_materials(void **state)
{
	struct desk *t = *state;
	struct image_ctx ctx = context(t, ", suite: later, file: usr/lib/modules/*/vmlinuz");
	struct config c = {0};
	struct kernel k;
	const char *text;

	ctx.sbom = sbom_new(t->a);
	assert_int_equal(kernel_get(&ctx, &c, &k), 0);
	assert_int_equal(sbom_finish(&ctx, &c, &k, &text), 0);
	assert_non_null(strstr(text, "pkg:deb/debian/image-2.0@1?arch=amd64&distro=later"));
	assert_non_null(strstr(text, "pkg:deb/debian/modules-2.0@1?arch=amd64&distro=later"));
	assert_non_null(strstr(text, "pkg:deb/debian/base-2.0@1?arch=amd64&distro=later"));
	assert_null(strstr(text, "distro=trixie"));
	assert_non_null(strstr(text, "\"licenseDeclared\": \"GPL-2.0-only\""));
	kernel_free(&k);
}

static void without_a_suite_it_is_the_first_that_is_pinned(void **state)
{
	struct desk *t = *state;
	struct image_ctx ctx = context(t, ", file: boot/vmlinuz-*");
	struct config c = {0};
	struct kernel k;

	assert_int_equal(kernel_get(&ctx, &c, &k), -1);
	assert_string_equal(content_of(t, k.boot, "kernel"), "the kernel");
	assert_said(t, "the kernel has no device tree 'it/a.dtb'");
	kernel_free(&k);
}

static void a_suite_that_is_not_pinned_is_an_error(void **state)
{
	struct desk *t = *state;
	struct image_ctx ctx = context(t, ", suite: late, file: boot/vmlinuz-*");
	struct config c = {0};
	struct kernel k;

	assert_int_equal(kernel_get(&ctx, &c, &k), -1);
	assert_said(t, "package 'kernel' is not in");
	assert_said(t, "for amd64, from the suite late");
	kernel_free(&k);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_kernel_of_a_suite_may_be_several_packages),
		IN_A_FOLDER(all_its_packages_are_in_the_bill_of_materials),
		IN_A_FOLDER(without_a_suite_it_is_the_first_that_is_pinned),
		IN_A_FOLDER(a_suite_that_is_not_pinned_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
