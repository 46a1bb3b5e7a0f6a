#include "world.h"

#include <jansson.h>

#include <dirent.h>
#include <time.h>

#include "../../../assembler/layer.h"
#include "../../../assembler/oci.h"

static const char system_yml[] = "onboot:\n"
				 "  - name: first\n"
				 "    image: nanny/web\n"
				 "services:\n"
				 "  - name: page\n"
				 "    image: nanny/web\n"
				 "    readonly: false\n"
				 "  - name: again\n"
				 "    image: nanny/web\n"
				 "files:\n"
				 "  - path: etc/hostname\n"
				 "    contents: goat\n"
				 "    mode: \"0644\"\n"
				 "  - path: var/data/deep\n"
				 "    contents: x\n"
				 "    mode: \"0640\"\n"
				 "    uid: 5\n"
				 "    gid: 6\n";

static int build(struct world *w, const char *const more[], const char **ret_said)
{
	char *argv[16] = {(char *)"build", (char *)"--output", (char *)desk_path(w->desk, "out")};
	int n = 3;

	for (; *more; more++)
		argv[n++] = (char *)*more;
	return world_verb(w, verb_build, argv, ret_said);
}

static int build_yml(struct world *w, const char *yml, const char **ret_said)
{
	const char *path = desk_file(w->desk, "goat.yml", yml);

	return build(w, (const char *[]){path, NULL}, ret_said);
}

static void assert_builds(struct world *w, const char *yml)
{
	const char *said;

	if (build_yml(w, yml, &said) != 0)
		fail_msg("%s", said);
}

static ssize_t read_entry(void *ctx, void *buf, size_t size)
{
	return archive_read_data(ctx, buf, size);
}

static void put_entry(struct tree *tree, struct archive *in, struct archive_entry *e)
{
	struct tree_inode f = {
		.mode = archive_entry_mode(e),
		.uid = (uid_t)archive_entry_uid(e),
		.gid = (gid_t)archive_entry_gid(e),
		.rdev = archive_entry_rdev(e),
		.target = (char *)archive_entry_symlink(e),
	};

	if (S_ISREG(f.mode))
		assert_int_equal(tree_store(read_entry, in, &f), 0);
	assert_int_equal(tree_put(tree, archive_entry_pathname(e), &f), 0);
}

/* One archive; where the next begins, or NULL. */
static const char *unpack_segment(struct tree *tree, const char *at, size_t size)
{
	static const char last[] = "TRAILER!!!", magic[] = "070701";
	struct archive *in = archive_read_new();
	struct archive_entry *e;
	const char *end = memmem(at, size, last, sizeof(last) - 1);

	assert_non_null(end);
	archive_read_support_format_cpio(in);
	assert_int_equal(archive_read_open_memory(in, at, size), ARCHIVE_OK);
	while (archive_read_next_header(in, &e) == ARCHIVE_OK)
		put_entry(tree, in, e);
	archive_read_free(in);
	return memmem(end, size - (size_t)(end - at), magic, sizeof(magic) - 1);
}

/* What a kernel makes of the initrd: segment after segment into one tree. */
static struct tree *unpack_initrd(struct desk *t, const char *name)
{
	const char *plain = desk_path(t, "plain.cpio");
	const char *argv[] = {"zstd", "-dqfo", plain, desk_path(t, name), NULL};
	struct tree *tree = tree_new();
	struct stat st;
	const char *all, *at;
	int fd;

	assert_int_equal(world_run(argv), 0);
	fd = open(plain, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	all = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(all != MAP_FAILED);
	for (at = all; at;)
		at = unpack_segment(tree, at, (size_t)(st.st_size - (at - all)));
	(void)munmap((void *)all, (size_t)st.st_size);
	(void)close(fd);
	return tree;
}

static void three_files_come_out(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;

	assert_builds(w, system_yml);
	assert_string_equal(text_of(t, "out/goat-kernel"), "the kernel");
	assert_string_equal(text_of(t, "out/goat-cmdline"), "quiet console=ttyS0");
	assert_true(strlen(text_of(t, "out/goat-initrd.img")) > 0);
}

static void the_layout_is_linuxkits(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree;

	assert_builds(w, system_yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "init"), "the init binary");
	assert_string_equal(
		content(t, tree, "containers/onboot/000-first/rootfs/bin/sh"), "the shell");
	assert_non_null(tree_get(tree, "containers/onboot/000-first/config.json"));
	assert_non_null(tree_get(tree, "containers/onboot/000-first/runtime.json"));
	assert_true(S_ISDIR(tree_get(tree, "containers/services/page/tmp")->mode));
	assert_true(S_ISDIR(tree_get(tree, "containers/services/page/rootfs")->mode));
	assert_string_equal(
		tree_get(tree, "etc/resolv.conf")->target, "/run/resolvconf/resolv.conf");
	assert_string_equal(content(t, tree, "etc/hostname"), "goat");
	assert_int_equal(tree_get(tree, "dev/console")->rdev, makedev(5, 1));
	assert_int_equal(tree_get(tree, "dev/null")->mode, S_IFCHR | 0666);
	assert_string_equal(content(t, tree, "etc/nanny/clock-floor"), "1795478400\n");
	assert_string_equal(content(t, tree, "etc/nanny/modules"),
		"/lib/modules/1.0/kernel/net/fail-over.ko\n"
		"/lib/modules/1.0/kernel/fs/over-lay.ko\n"
		"/lib/modules/1.0/kernel/net/card.ko\n");
	assert_non_null(tree_get(tree, "lib/modules/1.0/kernel/net/card.ko"));
	assert_null(tree_get(tree, "lib/modules/1.0/kernel/net/unused.ko"));
	assert_null(tree_get(tree, "etc/nanny/xattrs"));
	tree_free(tree);
}

static void containers_of_one_image_share_its_files(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree;

	assert_builds(w, system_yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_null(tree_get(tree, "containers/services/page/lower"));
	assert_null(tree_get(tree, "containers/services/again/rootfs/bin"));
	assert_non_null(strstr(content(t, tree, "containers/services/page/runtime.json"),
		"lowerdir=/containers/onboot/000-first/rootfs"));
	assert_non_null(strstr(content(t, tree, "containers/services/again/runtime.json"),
		"/containers/onboot/000-first/rootfs"));
	tree_free(tree);
}

static void folders_on_the_way_to_a_file_have_its_owner(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree;
	const struct tree_inode *f;

	assert_builds(w, system_yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	f = tree_get(tree, "var/data");
	assert_int_equal(f->mode, S_IFDIR | 0750);
	assert_int_equal(f->uid, 5);
	f = tree_get(tree, "var/data/deep");
	assert_int_equal(f->mode, S_IFREG | 0640);
	assert_int_equal(f->gid, 6);
	assert_int_equal(tree_get(tree, "var")->uid, 0);
	tree_free(tree);
}

static void a_container_has_what_is_mounted_on(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree;

	assert_builds(w, "services:\n"
			 "  - name: page\n"
			 "    image: nanny/web\n"
			 "    binds: [/var/data:/data, /etc/hosts:/srv/hosts, "
			 "/etc/resolv.conf:/srv/resolv.conf]\n");
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_true(S_ISDIR(tree_get(tree, "containers/services/page/rootfs/data")->mode));
	assert_true(S_ISREG(tree_get(tree, "containers/services/page/rootfs/srv/hosts")->mode));
	assert_true(
		S_ISREG(tree_get(tree, "containers/services/page/rootfs/srv/resolv.conf")->mode));
	assert_true(S_ISDIR(tree_get(tree, "containers/services/page/rootfs/dev/pts")->mode));
	tree_free(tree);
}

static void volumes_have_their_folders(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree;

	assert_builds(w, "volumes:\n"
			 "  - name: blank\n"
			 "  - name: full\n"
			 "    image: nanny/web\n"
			 "    readonly: true\n"
			 "services:\n"
			 "  - name: page\n"
			 "    image: nanny/web\n"
			 "    binds: [\"blank:/data\"]\n");
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_true(S_ISDIR(tree_get(tree, "containers/volumes/blank/lower")->mode));
	assert_true(S_ISDIR(tree_get(tree, "containers/volumes/blank/tmp")->mode));
	assert_true(S_ISDIR(tree_get(tree, "containers/volumes/blank/merged")->mode));
	assert_string_equal(content(t, tree, "containers/volumes/full/lower/bin/sh"), "the shell");
	assert_null(tree_get(tree, "containers/volumes/full/tmp"));
	tree_free(tree);
}

/* What a digest in a layout of the image names; the blob has to have it. */
static json_t *read_blob(struct desk *t, const struct tree *tree, const char *lower, json_t *named)
{
	const char *digest = json_string_value(json_object_get(named, "digest"));
	const char *text =
		content(t, tree, arena_printf(t->a, "%s/blobs/sha256/%s", lower, digest + 7));

	assert_string_equal(digest, digest_of(t, desk_file(t, "blob", text)));
	assert_int_equal(json_integer_value(json_object_get(named, "size")), strlen(text));
	return json_loads(text, 0, NULL);
}

static void a_volume_may_be_the_image_itself(void **state)
{
	static const char lower[] = "containers/volumes/v/lower";
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree = tree_new();
	struct oci_new image = {.ref = "a", .arch = "amd64", .tree = tree};
	json_t *root, *index, *of, *manifest;

	assert_int_equal(tree_put_file(tree, "x", 0644, "x", 1), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "img"), &image), 0);
	image.ref = "b";
	image.arch = "arm64";
	assert_int_equal(oci_put(t->a, desk_path(t, "img"), &image), 0);
	tree_free(tree);
	assert_builds(w, arena_printf(t->a,
				 "volumes:\n- name: v\n  image: oci:%s\n  format: oci\n"
				 "  platforms: [linux/arm64/v8, linux/amd64]\n",
				 desk_path(t, "img")));
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "containers/volumes/v/lower/oci-layout"),
		"{\"imageLayoutVersion\":\"1.0.0\"}");
	root = json_loads(content(t, tree, "containers/volumes/v/lower/index.json"), 0, NULL);
	index = read_blob(t, tree, lower, json_array_get(json_object_get(root, "manifests"), 0));
	assert_int_equal(json_array_size(json_object_get(index, "manifests")), 2);
	of = json_array_get(json_object_get(index, "manifests"), 0);
	of = json_object_get(of, "platform");
	assert_string_equal(json_string_value(json_object_get(of, "architecture")), "arm64");
	assert_string_equal(json_string_value(json_object_get(of, "variant")), "v8");
	of = json_array_get(json_object_get(index, "manifests"), 0);
	manifest = read_blob(t, tree, lower, of);
	of = read_blob(t, tree, lower, json_object_get(manifest, "config"));
	assert_string_equal(json_string_value(json_object_get(of, "architecture")), "arm64");
	json_decref(of);
	json_decref(manifest);
	json_decref(index);
	json_decref(root);
	tree_free(tree);
}

static void nothing_changed_is_seen_at_once(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct stat before, after;
	struct timespec start, end;

	assert_builds(w, system_yml);
	assert_int_equal(stat(desk_path(t, "out/goat-initrd.img"), &before), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	assert_builds(w, system_yml);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(stat(desk_path(t, "out/goat-initrd.img"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	print_message("nothing changed: %ld us\n",
		(end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
}

/* Whether a build after the change writes a new initrd. */
static void assert_rebuilds(struct world *w, const char *file, const char *text)
{
	struct stat before, after;
	const char *img = desk_path(w->desk, "out/goat-initrd.img");

	assert_builds(w, system_yml);
	assert_int_equal(stat(img, &before), 0);
	(void)desk_file(w->desk, file, text);
	assert_builds(w, system_yml);
	assert_int_equal(stat(img, &after), 0);
	if (before.st_ino == after.st_ino)
		fail_msg("%s was changed and nothing was built", file);
}

static void every_input_is_watched(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *lock = text_of(t, "root/packages.lock");

	assert_rebuilds(w, "root/build/x86_64/init", "new");
	assert_rebuilds(w, "root/services/web/page", "new");
	assert_rebuilds(w, "root/boards/qemu-x86_64/board.yml",
		arena_printf(t->a, "%s# new\n", text_of(t, "root/boards/qemu-x86_64/board.yml")));
	assert_rebuilds(w, "root/packages.lock", arena_printf(t->a, "%s# new\n", lock));
	assert_rebuilds(w, "root/services/web/build.yml",
		arena_printf(t->a, "%s# new\n", text_of(t, "root/services/web/build.yml")));
	assert_rebuilds(w, "root/build/nanny", "another tool");
	assert_rebuilds(w, "out/goat-cmdline", "spoilt");
}

static void a_file_that_appears_is_an_input_too(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *yml = arena_printf(t->a,
		"files:\n  - path: etc/extra\n    source: %s\n    optional: true\n",
		desk_path(t, "extra"));
	struct tree *tree;

	assert_builds(w, yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_null(tree_get(tree, "etc/extra"));
	tree_free(tree);
	(void)desk_file(t, "extra", "here");
	assert_builds(w, yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "etc/extra"), "here");
	tree_free(tree);
}

static void the_same_inputs_give_the_same_bytes(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *img = desk_path(t, "out/goat-initrd.img"), *first;
	const char *wipe[] = {"rm", "-rf", desk_path(t, "cache/nanny/segment"),
		desk_path(t, "cache/nanny/kernel"), desk_path(t, "cache/nanny/stamp"),
		desk_path(t, "root/build/oci"), NULL};

	assert_builds(w, system_yml);
	first = digest_of(t, img);
	assert_int_equal(world_run(wipe), 0);
	assert_builds(w, system_yml);
	assert_string_equal(digest_of(t, img), first);
}

static size_t segments(struct desk *t)
{
	DIR *d = opendir(desk_path(t, "cache/nanny/segment"));
	size_t n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

/* Two large files of the YAML's own: when one changes, the other is not compressed again. */
static void a_large_file_is_a_segment_of_its_own(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *yml = arena_printf(t->a,
		"files:\n  - path: var/big/one\n    source: %s\n    mode: \"0644\"\n    uid: 3\n"
		"  - path: var/big/two\n    source: %s\n    mode: \"0644\"\n",
		desk_path(t, "one"), desk_path(t, "two"));
	char *big = arena_alloc(t->a, 300001);
	struct tree *tree;
	size_t before;

	memset(big, '1', 300000);
	(void)desk_file(t, "one", big);
	(void)desk_file(t, "two", big);
	assert_builds(w, yml);
	before = segments(t);
	big[7] = '2';
	(void)desk_file(t, "two", big);
	assert_builds(w, yml);
	assert_int_equal(segments(t), before + 1);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "var/big/two"), big);
	assert_int_equal(tree_get(tree, "var/big/one")->uid, 3);
	assert_int_equal(tree_get(tree, "var/big")->uid, 3);
	assert_int_equal(tree_get(tree, "var/big")->mode, S_IFDIR | 0755);
	tree_free(tree);
}

static void a_failed_build_changes_nothing(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *img = desk_path(t, "out/goat-initrd.img"), *before, *said;
	const char *list[] = {"sh", "-c",
		arena_printf(t->a, "test $(ls -A %s | wc -l) = 3", desk_path(t, "out")), NULL};

	assert_builds(w, system_yml);
	before = digest_of(t, img);
	assert_int_equal(build_yml(w, "services:\n  - name: x\n    image: oci:/none\n", &said),
		EXIT_BAD_INPUT);
	assert_string_equal(digest_of(t, img), before);
	assert_int_equal(unlink(desk_path(t, "root/build/x86_64/init")), 0);
	assert_int_equal(build_yml(w, system_yml, &said), EXIT_FAILED);
	assert_string_equal(digest_of(t, img), before);
	assert_int_equal(world_run(list), 0);
}

/* A disk that fails when the kernel is written already. */
static void no_temporary_file_is_left(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *list[] = {"sh", "-c",
		arena_printf(t->a, "test -z \"$(ls -A %s)\"", desk_path(t, "out")), NULL};
	const char *said;

	(void)desk_file(t, "cache/nanny/segment", "no folder");
	assert_int_equal(build_yml(w, system_yml, &said), EXIT_FAILED);
	assert_int_equal(world_run(list), 0);
}

/* Two images with the same name in them: the later one's file is there, the other is not carried.
 */
static void what_is_hidden_is_not_carried(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *wanted[] = {"grep", "-q", "lower shell", desk_path(t, "plain.cpio"), NULL};
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = "a", .arch = "amd64", .tree = tree};

	assert_int_equal(tree_put_file(tree, "bin/sh", 0644, "lower shell", 11), 0);
	assert_int_equal(tree_put_file(tree, "bin/own", 0644, "", 0), 0);
	assert_int_equal(tree_put_symlink(tree, "srv", "bin"), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
	assert_builds(
		w, arena_printf(t->a, "init: [\"oci:%s\", nanny/web]\n", desk_path(t, "layout")));
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "bin/sh"), "the shell");
	assert_non_null(tree_get(tree, "bin/own"));
	assert_string_equal(content(t, tree, "srv/page"), "a page\n");
	assert_int_equal(world_run(wanted), 1);
	tree_free(tree);
}

static void all_missing_images_are_said_in_one_go(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *said;

	world_board(t, "nosuch");
	assert_int_equal(build_yml(w,
				 "services:\n"
				 "  - name: x\n    image: oci:/none\n"
				 "  - name: y\n    image: docker-archive:/none.tar\n"
				 "files:\n  - path: a\n    source: /none/at/all\n",
				 &said),
		EXIT_BAD_INPUT);
	assert_non_null(
		strstr(said, "goat.yml:3:12: image 'oci:/none' not found: /none/index.json"));
	assert_non_null(strstr(said, "goat.yml:5:12: image 'docker-archive:/none.tar' not found"));
	assert_non_null(strstr(said, "goat.yml:7:5: source '/none/at/all'"));
	assert_non_null(strstr(said, "board.yml:5:"));
	assert_non_null(strstr(said, "no module 'nosuch'"));
	assert_int_not_equal(access(desk_path(t, "out"), F_OK), 0);
}

static void a_kernel_may_come_from_an_image(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree = tree_new();
	struct maker m = maker_open(t, "kernel.tar", PACK_NONE);
	const struct oci_new image = {.ref = "k:1", .arch = "amd64", .tree = tree};
	int fd;

	maker_add(&m, "lib/modules/9/kernel/any.ko", S_IFREG | 0644, "any");
	maker_add(&m, "usr/src/headers", S_IFREG | 0644, "h");
	(void)maker_close(&m);
	fd = open(desk_path(t, "kernel.tar"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(tree_put_fd(tree, "kernel.tar", 0644, fd), 0);
	(void)close(fd);
	assert_int_equal(tree_put_file(tree, "kernel", 0644, "other", 5), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
	assert_builds(
		w, arena_printf(t->a, "kernel:\n  image: oci:%s:k:1\n  cmdline: console=tty0 x=y\n",
			   desk_path(t, "layout")));
	assert_string_equal(text_of(t, "out/goat-kernel"), "other");
	assert_string_equal(text_of(t, "out/goat-cmdline"), "quiet console=tty0 x=y console=ttyS0");
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "lib/modules/9/kernel/any.ko"), "any");
	assert_string_equal(content(t, tree, "usr/src/headers"), "h");
	assert_string_equal(content(t, tree, "etc/nanny/modules"), "");
	tree_free(tree);
}

/* In a build and in a check, which else unpacks no image. */
static void the_user_of_an_image_is_one_of_its_own(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct maker m = maker_open(t, "l.tar", PACK_GZIP);
	const char *yml, *said, *config;
	struct tree *tree;
	char *argv[] = {(char *)"check", (char *)"--images", NULL, NULL};

	maker_add(&m, "etc/passwd", S_IFREG | 0644, "goat:x:12:34::/:\n");
	maker_add(&m, "etc/group", S_IFREG | 0644, "hay:x:56:goat\n");
	(void)world_image(t, maker_close(&m), "{\"Cmd\":[\"/x\"],\"User\":\"goat\"}");
	yml = arena_printf(t->a, "services: [{name: s, image: \"oci:%s\"}]\n", desk_path(t, "img"));
	assert_builds(w, yml);
	tree = unpack_initrd(t, "out/goat-initrd.img");
	config = content(t, tree, "containers/services/s/config.json");
	assert_non_null(strstr(config, "\"uid\": 12,"));
	assert_non_null(strstr(config, "\"gid\": 34,"));
	assert_non_null(strstr(config, "56"));
	tree_free(tree);
	argv[2] = (char *)desk_path(t, "goat.yml");
	if (world_verb(w, verb_check, argv, &said) != 0)
		fail_msg("%s", said);
	m = maker_open(t, "l.tar", PACK_GZIP);
	maker_add(&m, "x", S_IFREG | 0644, "x");
	(void)world_image(t, maker_close(&m), "{\"Cmd\":[\"/x\"],\"User\":\"goat\"}");
	assert_int_equal(world_verb(w, verb_check, argv, &said), 2);
	assert_non_null(strstr(said, "its /etc/passwd has no user 'goat': add 'uid' and 'gid'"));
	assert_int_equal(build_yml(w, yml, &said), 2);
	assert_non_null(strstr(said, "its /etc/passwd has no user 'goat': add 'uid' and 'gid'"));
}

static void what_a_kernels_image_lacks_is_said(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = "k:1", .arch = "amd64", .tree = tree};
	const char *said;

	assert_int_equal(tree_put_file(tree, "bzImage", 0644, "other", 5), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
	assert_int_equal(
		build_yml(w,
			arena_printf(t->a, "kernel:\n  image: oci:%s:k:1\n  ucode: x.cpio\n",
				desk_path(t, "layout")),
			&said),
		2);
	assert_non_null(strstr(said, "goat.yml:2:10: image 'oci:"));
	assert_non_null(strstr(said, "has no file 'kernel': name it with kernel.binary\n"));
	assert_non_null(strstr(said, "'kernel.tar': name it with kernel.tar, or say 'tar: none'"));
	assert_non_null(strstr(said, "has no file 'x.cpio': name it with kernel.ucode"));
	assert_builds(w,
		arena_printf(t->a, "kernel: {image: \"oci:%s:k:1\", binary: bzImage, tar: none}\n",
			desk_path(t, "layout")));
}

static void attributes_that_a_cpio_lacks_are_listed(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	static char value[] = "\1\2";
	struct tree_xattr x = {(char *)"security.capability", value, 2};
	const struct tree_inode f = {.mode = S_IFREG | 0755, .xattr = &x, .n_xattr = 1};
	struct tree *tree = tree_new();
	const struct oci_new image = {.ref = "a", .arch = "amd64", .tree = tree};

	assert_int_equal(tree_put(tree, "bin/ping", &f), 0);
	assert_int_equal(oci_put(t->a, desk_path(t, "layout"), &image), 0);
	tree_free(tree);
	assert_builds(w, arena_printf(t->a,
				 "init: [\"oci:%s\"]\nservices:\n  - name: p\n    image: oci:%s\n"
				 "    command: [/bin/ping]\n",
				 desk_path(t, "layout"), desk_path(t, "layout")));
	tree = unpack_initrd(t, "out/goat-initrd.img");
	assert_string_equal(content(t, tree, "etc/nanny/xattrs"),
		"0102 security.capability /bin/ping\n"
		"0102 security.capability /containers/services/p/lower/bin/ping\n");
	tree_free(tree);
}

static void options_choose_name_and_form(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *path = desk_file(t, "goat.yml", system_yml), *said;

	assert_int_equal(build(w, (const char *[]){"--name", "other", path, NULL}, &said), 0);
	assert_int_equal(access(desk_path(t, "out/other-kernel"), R_OK), 0);
	assert_int_equal(build(w, (const char *[]){NULL}, &said), 2);
	assert_int_equal(build(w, (const char *[]){"--nonsense", path, NULL}, &said), 2);
	assert_int_equal(build(w, (const char *[]){"--board", "nosuch", path, NULL}, &said), 2);
	assert_int_equal(build(w, (const char *[]){desk_path(t, "absent.yml"), NULL}, &said), 2);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(three_files_come_out),
		IN_A_FOLDER(the_layout_is_linuxkits),
		IN_A_FOLDER(containers_of_one_image_share_its_files),
		IN_A_FOLDER(folders_on_the_way_to_a_file_have_its_owner),
		IN_A_FOLDER(a_container_has_what_is_mounted_on),
		IN_A_FOLDER(volumes_have_their_folders),
		IN_A_FOLDER(a_volume_may_be_the_image_itself),
		IN_A_FOLDER(nothing_changed_is_seen_at_once),
		IN_A_FOLDER(every_input_is_watched),
		IN_A_FOLDER(a_file_that_appears_is_an_input_too),
		IN_A_FOLDER(the_same_inputs_give_the_same_bytes),
		IN_A_FOLDER(a_large_file_is_a_segment_of_its_own),
		IN_A_FOLDER(a_failed_build_changes_nothing),
		IN_A_FOLDER(no_temporary_file_is_left),
		IN_A_FOLDER(what_is_hidden_is_not_carried),
		IN_A_FOLDER(all_missing_images_are_said_in_one_go),
		IN_A_FOLDER(a_kernel_may_come_from_an_image),
		IN_A_FOLDER(what_a_kernels_image_lacks_is_said),
		IN_A_FOLDER(the_user_of_an_image_is_one_of_its_own),
		IN_A_FOLDER(attributes_that_a_cpio_lacks_are_listed),
		IN_A_FOLDER(options_choose_name_and_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
