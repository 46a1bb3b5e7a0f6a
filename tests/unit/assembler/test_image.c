#include "world.h"

#include "../../../assembler/image.h"
#include "../../../assembler/oci.h"

static struct image_ctx context(struct world *w)
{
	struct image_ctx ctx;

	assert_int_equal(verb_images(&w->env, w->desk->d, NULL, &ctx), 0);
	return ctx;
}

static struct image *resolve(struct image_ctx *ctx, const char *name, const char **ret_said)
{
	const struct image_ref ref = {name, {"x.yml", 3, 5}};
	struct caught c = caught_begin();
	struct image *img = image_resolve(ctx, &ref);
	const char *said = caught_end(&(struct desk){.a = ctx->arena}, c);

	if (ret_said)
		*ret_said = said;
	return img;
}

static void put(
	struct desk *t, const char *dir, const char *ref, const char *text, const char *label)
{
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = ref, .arch = "amd64", .tree = tree, .label = label};

	assert_int_equal(tree_put_file(tree, "f", 0644, text, strlen(text)), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, dir), &image), 0);
	tree_free(tree);
}

static const char *file_in(struct image_ctx *ctx, struct desk *t, const struct image *img)
{
	struct tree *tree = image_unpack(ctx, img);
	const char *text;

	assert_non_null(tree);
	text = content(t, tree, "f");
	tree_free(tree);
	return text;
}

static void names_are_completed_as_docker_does(void **state)
{
	static const struct {
		const char *name, *full;
	} names[] = {
		{"redis", "docker.io/library/redis:latest"},
		{"redis:7", "docker.io/library/redis:7"},
		{"a/b", "docker.io/a/b:latest"},
		{"a/b:1", "docker.io/a/b:1"},
		{"ghcr.io/a", "ghcr.io/a:latest"},
		{"localhost/a", "localhost/a:latest"},
		{"host:5000/a", "host:5000/a:latest"},
		{"host:5000/a:2", "host:5000/a:2"},
		{"a@sha256:12", "docker.io/library/a@sha256:12"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(image_full_name(t->a, names[i].name), names[i].full);
}

static void a_component_is_built_when_it_is_asked_for(void **state)
{
	struct world *w = world_open(*state);
	struct image_ctx ctx = context(w);
	struct image *img = resolve(&ctx, "nanny/web", NULL);

	assert_non_null(img);
	assert_string_equal(ynode_get(img->config.label, "command")->item[0]->text, "/bin/sh");
	assert_ptr_equal(resolve(&ctx, "nanny/web", NULL), img);
	assert_string_equal(resolve(&ctx, "nanny/web:latest", NULL)->digest, img->digest);
}

static void an_oci_layout_is_read(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *dir = desk_path(t, "layout");

	put(t, "layout", "one", "1", NULL);
	assert_string_equal(
		file_in(&ctx, t, resolve(&ctx, arena_printf(t->a, "oci:%s", dir), NULL)), "1");
	put(t, "layout", "two", "2", NULL);
	assert_string_equal(
		file_in(&ctx, t, resolve(&ctx, arena_printf(t->a, "oci:%s:two", dir), NULL)), "2");
	assert_null(resolve(&ctx, arena_printf(t->a, "oci:%s:three", dir), NULL));
	assert_said(t, "x.yml:3:5: image 'oci:layout:three' not found: layout has one, two");
}

static void the_local_layout_comes_before_a_registry(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);

	put(t, "root/build/oci/x86_64", "mine:1", "as written", NULL);
	put(t, "root/build/oci/x86_64", "docker.io/library/other:latest", "completed", NULL);
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "mine:1", NULL)), "as written");
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "other", NULL)), "completed");
}

/* A program that is started instead of skopeo; it notes its arguments. */
static void fake_skopeo(struct desk *t, const char *lines)
{
	const char *path = desk_file(t, "bin/skopeo",
		arena_printf(
			t->a, "#!/bin/sh\necho \"$@\" >>%s\n%s\n", desk_path(t, "calls"), lines));

	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(
		setenv("PATH", arena_printf(t->a, "%s:/usr/bin:/bin", desk_path(t, "bin")), 1), 0);
}

static void a_registry_is_asked_once(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w), later = context(w);
	const char *calls;

	put(t, "theirs", "image", "theirs", "{\"net\":\"host\"}");
	fake_skopeo(
		t, arena_printf(t->a,
			   "for last; do :; done; last=${last#oci:}; cp -r %s/. ${last%%:image}",
			   desk_path(t, "theirs")));
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "redis", NULL)), "theirs");
	assert_string_equal(file_in(&later, t, resolve(&later, "redis", NULL)), "theirs");
	calls = text_of(t, "calls");
	assert_non_null(strstr(calls, "--override-arch amd64"));
	assert_non_null(strstr(calls, "docker://docker.io/library/redis:latest oci:"));
	assert_ptr_equal(strchr(calls, '\n'), calls + strlen(calls) - 1);
}

static void half_an_image_is_never_kept(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *argv[] = {"sh", "-c",
		arena_printf(t->a, "test -z \"$(ls -A %s)\"", desk_path(t, "cache/nanny/image")),
		NULL};

	fake_skopeo(t, "for last; do :; done; last=${last#oci:}; echo half "
		       ">${last%:image}/index.json; exit 1");
	assert_null(resolve(&ctx, "redis", NULL));
	assert_said(t, "x.yml:3:5: image 'redis' not found:");
	assert_said(t, "the registry does not give docker.io/library/redis:latest");
	assert_int_equal(world_run(argv), 0);
}

static void an_archive_of_docker_is_read(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *archive = desk_path(t, "saved.tar");
	const char *argv[] = {"skopeo", "--insecure-policy", "copy", "-q",
		arena_printf(t->a, "oci:%s:a", desk_path(t, "layout")),
		arena_printf(t->a, "docker-archive:%s:a:1", archive), NULL};
	struct image *img;

	put(t, "layout", "a", "saved", "{\"net\":\"host\"}");
	if (world_run(argv) != 0)
		skip();
	img = resolve(&ctx, arena_printf(t->a, "docker-archive:%s", archive), NULL);
	assert_non_null(img);
	assert_string_equal(file_in(&ctx, t, img), "saved");
	assert_string_equal(ynode_str(img->config.label, "net", ""), "host");
	assert_non_null(resolve(&ctx, arena_printf(t->a, "docker-archive:%s:a:1", archive), NULL));
	assert_null(resolve(&ctx, arena_printf(t->a, "docker-archive:%s:b", archive), NULL));
}

static void a_label_is_checked_like_a_file(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);

	put(t, "layout", "a", "x", "{\"comand\":[]}");
	assert_null(resolve(&ctx, arena_printf(t->a, "oci:%s", desk_path(t, "layout")), NULL));
	assert_said(t, "label org.mobyproject.config:1:");
	assert_said(t, "comand");
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(names_are_completed_as_docker_does),
		IN_A_FOLDER(a_component_is_built_when_it_is_asked_for),
		IN_A_FOLDER(an_oci_layout_is_read),
		IN_A_FOLDER(the_local_layout_comes_before_a_registry),
		IN_A_FOLDER(an_archive_of_docker_is_read),
		IN_A_FOLDER(a_registry_is_asked_once),
		IN_A_FOLDER(half_an_image_is_never_kept),
		IN_A_FOLDER(a_label_is_checked_like_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
