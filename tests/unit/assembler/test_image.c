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

static void a_name_of_ours_is_no_registrys(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);

	assert_null(resolve(&ctx, "nanny/nobody", NULL));
	assert_said(
		t, "x.yml:3:5: image 'nanny/nobody' not found: there is no such component here");
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

/*
 * A registry with the images of the layout "theirs": `what` is what it has under a name, a file;
 * `copy` are the lines that bring one into $to, a layout.
 */
static void fake_registry(struct desk *t, const char *what, const char *copy)
{
	fake_skopeo(t,
		arena_printf(t->a,
			"for a; do case $a in oci:*) to=${a#oci:} to=${to%%:image};; esac; done\n"
			"theirs=%s\ncase $1 in inspect) cat %s; exit;; esac\n%s",
			desk_path(t, "theirs"), what, copy));
}

#define COPY "cp -r $theirs/blobs/. $to/blobs/ && cp $theirs/index.json $to/"

/* The manifest of the layout's only image. */
static const char *manifest_of(struct desk *t, const char *dir)
{
	struct oci_image image;

	assert_int_equal(oci_find(t->a, desk_path(t, dir), NULL, "amd64", &image), OCI_FOUND);
	return arena_printf(t->a, "%s/blobs/sha256/%s", desk_path(t, dir), image.digest + 7);
}

static void a_registry_is_asked_once(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w), later = context(w);
	const char *calls;

	put(t, "theirs", "image", "theirs", "{\"net\":\"host\"}");
	fake_registry(t, manifest_of(t, "theirs"), COPY);
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "redis", NULL)), "theirs");
	assert_string_equal(file_in(&later, t, resolve(&later, "redis", NULL)), "theirs");
	calls = text_of(t, "calls");
	assert_non_null(strstr(
		calls, "inspect --raw --retry-times 2 docker://docker.io/library/redis:latest\n"));
	assert_non_null(strstr(calls, "--override-arch amd64 copy"));
	assert_non_null(strstr(calls, "docker://docker.io/library/redis@sha256:"));
	calls = strchr(strchr(calls, '\n') + 1, '\n') + 1;
	assert_string_equal(calls, "");
}

static void a_name_may_move_on(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w), later = context(w), again = context(w),
			 pinned = context(w);
	struct pin pin = {.image = "docker.io/library/redis:latest"};
	const struct pins pins = {"x.lock", &pin, 1};
	const char *said;

	put(t, "theirs", "image", "old", NULL);
	fake_registry(t, manifest_of(t, "theirs"), COPY);
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "redis", NULL)), "old");
	pin.digest = ctx.seen->pin_digest;
	put(t, "theirs", "image", "new", NULL);
	fake_registry(t, manifest_of(t, "theirs"), COPY);
	assert_string_equal(file_in(&later, t, resolve(&later, "redis", NULL)), "old");
	again.is_pull = true;
	assert_string_equal(file_in(&again, t, resolve(&again, "redis", NULL)), "new");
	pinned.pins = &pins;
	pinned.is_locked = true;
	assert_string_equal(file_in(&pinned, t, resolve(&pinned, "redis", NULL)), "old");
	again.pins = &pins;
	again.is_locked = true;
	again.seen = NULL;
	assert_null(resolve(&again, "redis", &said));
	assert_said(t, arena_printf(t->a, ", but %s in x.lock", pin.digest));
}

static void what_is_not_locked_is_refused(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *name = arena_printf(t->a, "oci:%s", desk_path(t, "layout"));
	struct pin pin = {
		name, "sha256:0000000000000000000000000000000000000000000000000000000000000000"};
	struct pins pins = {"x.lock", &pin, 0};

	put(t, "layout", "a", "x", NULL);
	fake_skopeo(t, "exit 1");
	ctx.pins = &pins;
	ctx.is_locked = true;
	assert_null(resolve(&ctx, "redis", NULL));
	assert_said(t, "x.yml:3:5: image 'redis' is not in x.lock");
	assert_int_not_equal(access(desk_path(t, "calls"), F_OK), 0);
	assert_null(resolve(&ctx, name, NULL));
	assert_said(t, "' is now sha256:");
	pins.n = 1;
	assert_null(resolve(&ctx, name, NULL));
	assert_said(t, "but sha256:0000");
	assert_non_null(resolve(&ctx, "nanny/web", NULL)); /* a component needs no pin */
	ctx.is_locked = false;
	assert_non_null(resolve(&ctx, name, NULL));
}

static void the_platforms_there_are_are_named(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *index = desk_file(t, "index",
		"{\"manifests\":[{\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\","
		"\"variant\":"
		"\"v7\"}},{\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}},"
		"{\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}]}");

	fake_registry(t, index, "exit 9");
	assert_null(resolve(&ctx, "redis", NULL));
	assert_said(t, "the registry has docker.io/library/redis:latest for linux/arm/v7, "
		       "linux/arm64, not for linux/amd64");
}

static void the_right_platform_is_asked_for(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct image_ctx ctx = context(w);
	const char *manifest, *index;

	put(t, "theirs", "image", "theirs", NULL);
	manifest = strrchr(manifest_of(t, "theirs"), '/') + 1;
	index = desk_file(t, "index",
		arena_printf(t->a,
			"{\"manifests\":[{\"digest\":\"sha256:%064d\",\"platform\":{\"os\":"
			"\"linux\","
			"\"architecture\":\"arm64\"}},{\"digest\":\"sha256:%s\",\"platform\":{"
			"\"os\":"
			"\"linux\",\"architecture\":\"amd64\"}}]}",
			0, manifest));
	fake_registry(t, index, COPY);
	assert_string_equal(file_in(&ctx, t, resolve(&ctx, "redis", NULL)), "theirs");
	assert_non_null(strstr(text_of(t, "calls"),
		arena_printf(t->a, "docker://docker.io/library/redis@sha256:%s oci:", manifest)));
	/* The pin is the index's: it is good for every board. */
	assert_string_equal(ctx.seen->pin_digest, digest_of(t, index));
}

static void half_an_image_is_never_kept(void **state)
{
	static const char *const halves[] = {
		"echo half >$to/index.json; exit 1",
		"echo half >$to/index.json",
		"cp -r $theirs/blobs/. $to/blobs/; exit 1",
		"cp $theirs/index.json $to/; : >$to/blobs/sha256/" /* + the layer: an empty one */,
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *left[] = {"sh", "-c",
		arena_printf(t->a, "ls %s | grep -v lock", desk_path(t, "cache/nanny/image")),
		NULL};
	struct oci_image image;

	put(t, "theirs", "image", "theirs", NULL);
	assert_int_equal(oci_find(t->a, desk_path(t, "theirs"), NULL, "amd64", &image), OCI_FOUND);
	for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
		struct image_ctx ctx = context(w);

		fake_registry(t, manifest_of(t, "theirs"),
			i < 3 ? halves[i]
			      : arena_printf(t->a, "%s%s", halves[i], image.layer[0].digest + 7));
		assert_null(resolve(&ctx, "redis", NULL));
		assert_int_equal(world_run(left), 1);
	}
	fake_registry(t, manifest_of(t, "theirs"), COPY);
	for (int i = 0; i < 2; i++) {
		struct image_ctx ctx = context(w);

		assert_string_equal(file_in(&ctx, t, resolve(&ctx, "redis", NULL)), "theirs");
		/* What a cut of the power leaves of a layer is found out and brought again. */
		assert_int_equal(
			truncate(desk_path(t, arena_printf(t->a, "cache/nanny/blob/sha256/%s",
						      image.layer[0].digest + 7)),
				3),
			0);
	}
}

static void a_registry_says_no_in_several_ways(void **state)
{
	static const struct {
		const char *skopeo, *said;
		bool is_input;
	} ways[] = {
		{"reading manifest 1 in h/a: manifest unknown: manifest unknown",
			"the registry has no h.x/a:1", true},
		{"Error parsing image name \\\"docker://h.x/a:1\\\": reading manifest 1 in h.x/a: "
		 "unauthorized: "
		 "authentication required",
			"nanny: h.x/a:1: h.x wants another login (`skopeo login h.x`), or there is "
			"no such "
			"image: reading manifest 1 in h.x/a: unauthorized: authentication "
			"required\n",
			false},
		{"dial tcp: lookup h.x: no such host", "the registry h.x does not answer: dial tcp",
			false},
		{"http: server gave HTTP response to HTTPS client", "registries.conf(5)", false},
		{"write /x: no space left on device", "nanny: h.x/a:1: write /x: no space left",
			false},
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct image_ctx ctx = context(w);
		const char *said;

		fake_skopeo(t,
			arena_printf(t->a,
				"cat >&2 <<'EOT'\ntime=\"x\" level=fatal msg=\"%s\"\nEOT\nexit 1",
				ways[i].skopeo));
		assert_null(resolve(&ctx, "h.x/a:1", &said));
		assert_int_equal(diag_count(ctx.diag) > 0, ways[i].is_input);
		if (ways[i].is_input)
			assert_said(t, ways[i].said);
		else
			assert_non_null(strstr(said, ways[i].said));
		desk_again(t);
	}
}

static void loopback_needs_no_certificate(void **state)
{
	static const struct {
		const char *name;
		bool is_plain;
	} names[] = {{"127.0.0.1:5000/a", true}, {"localhost:5000/a", true},
		{"localhost.x/a", false}, {"registry.x/a", false}};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct image_ctx ctx = context(w);

		(void)unlink(desk_path(t, "calls"));
		fake_skopeo(t, "exit 1");
		assert_null(resolve(&ctx, names[i].name, NULL));
		assert_int_equal(
			!!strstr(text_of(t, "calls"), "--tls-verify=false"), names[i].is_plain);
	}
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
		IN_A_FOLDER(a_name_of_ours_is_no_registrys),
		IN_A_FOLDER(the_local_layout_comes_before_a_registry),
		IN_A_FOLDER(an_archive_of_docker_is_read),
		IN_A_FOLDER(a_registry_is_asked_once),
		IN_A_FOLDER(a_name_may_move_on),
		IN_A_FOLDER(what_is_not_locked_is_refused),
		IN_A_FOLDER(the_platforms_there_are_are_named),
		IN_A_FOLDER(the_right_platform_is_asked_for),
		IN_A_FOLDER(a_registry_says_no_in_several_ways),
		IN_A_FOLDER(loopback_needs_no_certificate),
		IN_A_FOLDER(half_an_image_is_never_kept),
		IN_A_FOLDER(a_label_is_checked_like_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
