#include "world.h"

#include "../../../assembler/alias.h"
#include "../../../assembler/image.h"
#include "../../../assembler/kernel.h"

static struct image_ctx context(struct world *w)
{
	struct image_ctx ctx;

	assert_int_equal(verb_images(&w->env, w->desk->d, NULL, &ctx), 0);
	return ctx;
}

static int load(struct image_ctx *ctx, struct desk *t, const char *text)
{
	return alias_load(ctx, desk_file(t, "aliases.yml", text));
}

static struct image *resolve(struct image_ctx *ctx, const char *name)
{
	const struct image_ref ref = {name, {"x.yml", 3, 5}};
	struct caught c = caught_begin();
	struct image *img = image_resolve(ctx, &ref);

	(void)caught_end(&(struct desk){.a = ctx->arena}, c);
	return img;
}

static void a_name_is_found_with_any_tag(void **state)
{
	static const struct {
		const char *name, *target;
	} names[] = {
		{"linuxkit/dhcpcd", "nanny/dhcp"},
		{"linuxkit/dhcpcd:b87e9ececac5", "nanny/dhcp"},
		{"docker.io/linuxkit/dhcpcd:1", "nanny/dhcp"},
		{"linuxkit/dhcpcd:1@sha256:12", "nanny/dhcp"},
		{"linuxkit/dhcpcd@sha256:12", "nanny/dhcp"},
		{"linuxkit/dhcp", "linuxkit/dhcp"},
		{"linuxkit/dhcpcd2:1", "linuxkit/dhcpcd2:1"},
		{"other/dhcpcd", "other/dhcpcd"},
		{"redis", "a/redis"},
		{"library/redis:7", "a/redis"},
		{"host:5000/a:2", "b"},
		{"host:5000/a", "b"},
		{"host:5001/a", "host:5001/a"},
		{"nanny/dhcp", "nanny/dhcp"},
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);

	assert_string_equal(alias_of(&ctx, "redis"), "redis");
	assert_int_equal(load(&ctx, t,
				 "linuxkit/dhcpcd: nanny/dhcp\nredis: a/redis\n"
				 "host:5000/a: b\nb: c\n"),
		0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(alias_of(&ctx, names[i].name), names[i].target);
}

static void a_name_with_a_tag_comes_first(void **state)
{
	struct world *w = world_open(*state);
	struct image_ctx ctx = context(w);

	assert_int_equal(
		load(&ctx, w->desk, "alpine: any\nalpine:3.20: this\na@sha256:12: exact\n"), 0);
	assert_string_equal(alias_of(&ctx, "alpine:3.20"), "this");
	assert_string_equal(alias_of(&ctx, "alpine:3.2"), "any");
	assert_string_equal(alias_of(&ctx, "alpine"), "any");
	assert_string_equal(alias_of(&ctx, "a@sha256:12"), "exact");
	assert_string_equal(alias_of(&ctx, "a@sha256:13"), "a@sha256:13");
}

static void an_alias_is_looked_for_like_any_image(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	struct image *web = resolve(&ctx, "nanny/web");

	assert_int_equal(
		load(&ctx, t, "linuxkit/web: nanny/web\nlinuxkit/lost: oci:nowhere:x\n"), 0);
	assert_non_null(web);
	assert_string_equal(resolve(&ctx, "linuxkit/web:1")->digest, web->digest);
	assert_null(resolve(&ctx, "linuxkit/lost:1"));
	assert_said(t, "x.yml:3:5: image 'linuxkit/lost:1' (alias of 'oci:nowhere:x') not found:");
}

static void a_folder_beside_the_file_is_a_component(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	struct image *img;

	(void)desk_file(t, "images/date/build.yml",
		"image: date\norg: test\nconfig:\n  command: [/bin/date]\n");
	assert_int_equal(load(&ctx, t, "busybox: ./images/date\nalpine: ./images/date\n"), 0);
	img = resolve(&ctx, "busybox:1.36");
	assert_non_null(img);
	assert_string_equal(ynode_get(img->config.label, "command")->item[0]->text, "/bin/date");
	assert_string_equal(resolve(&ctx, "alpine")->digest, img->digest);
}

static void the_boards_kernel_stands_for_a_kernel_only(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	struct config c = {.kernel.image.name = "linuxkit/kernel:6.12.59"};
	struct kernel k;

	assert_int_equal(load(&ctx, t, "linuxkit/kernel: board\n"), 0);
	assert_int_equal(kernel_get(&ctx, &c, &k), 0);
	assert_non_null(tree_get(k.boot, "kernel"));
	kernel_free(&k);
	assert_null(resolve(&ctx, "linuxkit/kernel:6.12.59"));
	assert_said(t, "x.yml:3:5: 'linuxkit/kernel:6.12.59' is an alias of the board's kernel");
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} wrong[] = {
		{"- a\n", "aliases.yml:1:1: a file of aliases is a mapping"},
		{"a: b\nc:\n", "aliases.yml:2:1: 'c' needs what to take instead"},
		{"a: [b]\n", "aliases.yml:1:4: 'a' needs what to take instead"},
		{"a: b\nlibrary/a: c\n",
			"aliases.yml:2:1: 'docker.io/library/a' has an alias already"},
		{"a: ./nowhere\n", "aliases.yml:1:4: there is no component in"},
		{"a: ./twin\n", "aliases.yml:1:4: 'nanny/web' in"},
		{"a: b\na: c\n", "aliases.yml:2:1:"},
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;

	(void)desk_file(t, "twin/build.yml", "image: web\n");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct image_ctx ctx = context(w);
		int before = diag_count(ctx.diag);

		assert_int_equal(load(&ctx, t, wrong[i].text), -1);
		assert_int_equal(diag_count(ctx.diag), before + 1);
		assert_said(t, wrong[i].said);
		w->desk->d = diag_new();
		diag_free(ctx.diag);
	}
	{
		struct image_ctx ctx = context(w);

		assert_int_equal(alias_load(&ctx, desk_path(t, "none.yml")), -1);
		assert_int_equal(diag_count(ctx.diag), 1);
	}
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_name_is_found_with_any_tag),
		IN_A_FOLDER(a_name_with_a_tag_comes_first),
		IN_A_FOLDER(an_alias_is_looked_for_like_any_image),
		IN_A_FOLDER(a_folder_beside_the_file_is_a_component),
		IN_A_FOLDER(the_boards_kernel_stands_for_a_kernel_only),
		IN_A_FOLDER(what_is_wrong_is_said_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
