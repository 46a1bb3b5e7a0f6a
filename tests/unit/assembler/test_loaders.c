#include "world.h"

#include "../../../assembler/boot.h"
#include "../../../assembler/loaders.h"
#include "../../../assembler/pinned.h"

static struct image_ctx context(struct world *w, struct board *b)
{
	struct desk *t = w->desk;

	return (struct image_ctx){
		.arena = t->a,
		.diag = t->d,
		.root = w->env.root,
		.board = b,
		.lock = lock_load(t->a, t->d, desk_path(t, "root/packages.lock")),
	};
}

/* "a b": what the formats need on the board. */
static const char *loaders_of(struct world *w, struct board *b, const char *formats)
{
	struct image_ctx ctx = context(w, b);
	struct format_list list;
	const char *text = "";

	assert_int_equal(format_parse(w->desk->a, formats, &list), 0);
	assert_int_equal(loaders_find(&ctx, &list), 0);
	for (size_t i = 0; i < ctx.n_loaders; i++)
		text = arena_printf(w->desk->a, "%s%s%s", text, i ? " " : "", ctx.loaders[i]);
	return text;
}

static void each_format_knows_what_starts_it(void **state)
{
	struct world *w = world_open(*state);
	struct board b = {.arch = "amd64"};

	assert_string_equal(loaders_of(w, &b, "kernel+initrd,tar,kernel+erofs"), "");
	assert_string_equal(
		loaders_of(w, &b, "iso-bios,raw-bios"), "isolinux syslinux-common syslinux");
	assert_string_equal(loaders_of(w, &b, "raw-efi,iso-efi,qcow2-efi"), "systemd-boot-efi");
	assert_string_equal(loaders_of(w, &b, "disk"), "");
}

static void a_board_brings_its_own(void **state)
{
	struct world *w = world_open(*state);
	struct board b = {.arch = "amd64", .boot = {.how = &boot_uki, .files = "x/boot"}};

	(void)desk_file(w->desk, "root/boards/x/boot/build.yml",
		"image: x-boot\npackages:\n  - name: firmware\n    files: [lib/firmware]\n");
	assert_string_equal(loaders_of(w, &b, "tar"), "");
	assert_string_equal(loaders_of(w, &b, "disk"), "systemd-boot-efi firmware");
	assert_string_equal(loaders_of(w, &b, "kernel+slot"), "systemd-boot-efi firmware");
}

static void what_is_not_on_the_list_gets_into_no_image(void **state)
{
	struct world *w = world_open(*state);
	struct board b = {.arch = "amd64"};
	struct image_ctx ctx = context(w, &b);
	const char *shell[] = {"shell"};
	struct tree *t = tree_new();
	struct caught c = caught_begin();
	int r = pinned_file(&ctx, "shell", "amd64", "usr/bin/sh", t, "sh");

	assert_non_null(strstr(caught_end(w->desk, c), "shell is not in the bill of materials"));
	assert_int_equal(r, -1);
	ctx.loaders = shell;
	ctx.n_loaders = 1;
	assert_int_equal(pinned_file(&ctx, "shell", "amd64", "usr/bin/sh", t, "sh"), 0);
	assert_string_equal(content(w->desk, t, "sh"), "the shell");
	tree_free(t);
}

#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_format_knows_what_starts_it),
		T(a_board_brings_its_own),
		T(what_is_not_on_the_list_gets_into_no_image),
	};

	return cmocka_run_group_tests_name("loaders", tests, NULL, NULL);
}
