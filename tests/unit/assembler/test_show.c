#include "world.h"

#include <jansson.h>

#include "../../../assembler/cpio.h"
#include "../../../assembler/newc.h"
#include "../../../assembler/opened.h"

static const char system_yml[] = "onboot:\n  - name: first\n    image: nanny/web\n"
				 "services:\n  - name: page\n    image: nanny/web\n"
				 "volumes:\n  - name: data\n"
				 "files:\n  - path: etc/hostname\n    contents: %s\n";

static int verb(struct world *w, verb_run *run, const char *const args[], const char **ret_out)
{
	char *argv[12] = {(char *)"verb"};
	int saved = dup(STDOUT_FILENO), memory = memfd_create("out", MFD_CLOEXEC), status;
	const char *said;
	off_t len;
	char *text;

	for (int i = 0; args[i]; i++)
		argv[i + 1] = (char *)args[i];
	(void)fflush(stdout);
	assert_int_equal(dup2(memory, STDOUT_FILENO), STDOUT_FILENO);
	status = world_verb(w, run, argv, &said);
	(void)fflush(stdout);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	len = lseek(memory, 0, SEEK_END);
	text = arena_alloc(w->desk->a, (size_t)len + 1);
	assert_int_equal(pread(memory, text, (size_t)len, 0), len);
	(void)close(saved);
	(void)close(memory);
	*ret_out = len > 0 ? text : said;
	return status;
}

static void build(struct world *w, const char *name, const char *host, const char *format)
{
	struct desk *t = w->desk;
	const char *yml = desk_file(t, "goat.yml", arena_printf(t->a, system_yml, host)), *out;
	const char *args[] = {
		"--output", desk_path(t, "out"), "--name", name, "--format", format, yml, NULL};

	if (verb(w, verb_build, args, &out) != 0)
		fail_msg("%s", out);
}

static const struct opened_part *part(struct desk *t, const struct opened *o, const char *title)
{
	for (size_t i = 0; i < o->n_parts; i++)
		if (strcmp(opened_title(t->a, &o->part[i]), title) == 0)
			return &o->part[i];
	fail_msg("there is no %s", title);
	return NULL;
}

static void assert_components(struct desk *t, const char *name)
{
	struct opened o;

	assert_int_equal(opened_read(t->a, name, &o), 0);
	assert_int_equal(part(t, &o, "kernel")->size, strlen("the kernel"));
	assert_int_equal(part(t, &o, "init nanny/init")->size,
		strlen("the init binary") + (size_t)tree_get(o.root, "etc/hosts")->size);
	assert_string_equal(part(t, &o, "onboot first")->image, "nanny/web");
	assert_string_equal(part(t, &o, "onboot first")->path, "containers/onboot/000-first");
	assert_true(part(t, &o, "onboot first")->size > part(t, &o, "service page")->size);
	assert_string_equal(
		part(t, &o, "onboot first")->digest, part(t, &o, "service page")->digest);
	assert_int_equal(part(t, &o, "volume data")->n_files, 0);
	assert_int_equal(part(t, &o, "modules")->n_files, 3);
	assert_non_null(json_object_get(o.packages, "shell (deb)"));
	opened_close(&o);
}

static void an_image_tells_its_components(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;

	build(w, "a", "x", "kernel+initrd,tar,tar-kernel-initrd");
	assert_components(t, desk_path(t, "out/a"));
	assert_components(t, desk_path(t, "out/a-initrd.img"));
	assert_components(t, desk_path(t, "out/a.tar"));
	assert_components(t, desk_path(t, "out/a-initrd.tar"));
}

static void sizes_are_shown(void **state)
{
	struct world *w = world_open(*state);
	const char *name = desk_path(w->desk, "out/a"), *out;
	json_t *j, *total;

	build(w, "a", "x", "kernel+initrd");
	assert_int_equal(verb(w, verb_show, (const char *[]){name, NULL}, &out), 0);
	assert_non_null(strstr(out, "76 B      4  init nanny/init"));
	assert_non_null(strstr(out, ", files in onboot first)"));
	assert_int_equal(verb(w, verb_show, (const char *[]){"--json", name, NULL}, &out), 0);
	j = json_loads(out, 0, NULL);
	total = json_object_get(j, "total");
	assert_true(json_integer_value(json_object_get(total, "size")) > 0);
	assert_true(json_is_array(json_object_get(j, "components")));
	json_decref(j);
}

static void the_same_is_no_difference(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *two[] = {desk_path(t, "out/a"), desk_path(t, "out/b"), NULL}, *out;

	build(w, "a", "x", "kernel+initrd");
	build(w, "b", "x", "kernel+initrd");
	assert_int_equal(verb(w, verb_diff, two, &out), 0);
	assert_string_equal(out, "");
}

static void a_difference_is_named(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *two[] = {desk_path(t, "out/a"), desk_path(t, "out/b"), "--json", NULL}, *out;
	json_t *j;

	build(w, "a", "x", "kernel+initrd");
	(void)desk_file(t, "root/build/x86_64/init", "another binary of init");
	(void)desk_file(t, "deb/shell/usr/bin/sh", "a newer shell");
	(void)desk_file(t, "root/packages.lock",
		arena_printf(t->a, "# date 2026-11-24\n%s%s", world_deb(t, "kernel"),
			arena_printf(t->a, "shell amd64 trixie 2%s",
				strstr(world_deb(t, "shell"), " trixie 1") + 9)));
	build(w, "b", "longer", "kernel+initrd");
	assert_int_equal(verb(w, verb_diff, two, &out), 1);
	j = json_loads(out, 0, NULL);
	assert_non_null(j);
	json_decref(j);
	two[2] = NULL;
	assert_int_equal(verb(w, verb_diff, two, &out), 1);
	assert_non_null(strstr(out, "~ init nanny/init: 76 B → 83 B, sha256:"));
	assert_non_null(strstr(out, "~ shell (deb): 1 → 2\n"));
	assert_non_null(strstr(out, "~ /init: content; 15 B → 22 B\n"));
	assert_non_null(strstr(out, "~ /etc/hostname: content; 1 B → 6 B\n"));
	assert_null(strstr(out, "/srv/page"));
}

static void what_came_and_went_is_named(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *yml, *out, *two[] = {desk_path(t, "out/a"), desk_path(t, "out/b"), NULL};

	build(w, "a", "x", "kernel+initrd");
	yml = desk_file(t, "other.yml", "services:\n  - name: new\n    image: nanny/web\n");
	assert_int_equal(
		verb(w, verb_build,
			(const char *[]){"--output", desk_path(t, "out"), "--name", "b", yml, NULL},
			&out),
		0);
	assert_int_equal(verb(w, verb_diff, two, &out), 1);
	assert_non_null(strstr(out, "+ service new: "));
	assert_non_null(strstr(out, "- onboot first: "));
	assert_non_null(strstr(out, "- /etc/hostname: 1 B\n"));
	assert_non_null(strstr(out, "+ /containers/services/new/config.json: "));
}

static void an_image_of_others_is_known_by_its_folders(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct opened o;
	int fd = open(desk_path(t, "x.img"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(tree_put_file(tree, "containers/services/a/lower/x", 0644, "1234", 4), 0);
	assert_int_equal(tree_put_file(tree, "containers/onboot/000-b/rootfs/y", 0644, "1", 1), 0);
	assert_int_equal(tree_put_file(tree, "usr/lib/modules/1/z.ko", 0644, "12", 2), 0);
	assert_int_equal(tree_put_file(tree, "bin/sh", 0644, "123", 3), 0);
	assert_int_equal(cpio_write(tree, fd, false), 0);
	tree_free(tree);
	(void)close(fd);
	assert_int_equal(opened_read(t->a, desk_path(t, "x.img"), &o), 0);
	assert_int_equal(part(t, &o, "service a")->size, 4);
	assert_int_equal(part(t, &o, "onboot 000-b")->size, 1);
	assert_int_equal(part(t, &o, "modules")->size, 2);
	assert_int_equal(part(t, &o, "files")->size, 3);
	opened_close(&o);
}

/* A plain archive (microcode), then one that is packed; hard links, devices, links. */
static void all_of_an_initrd_is_read(void **state)
{
	struct desk *t = *state;
	struct tree *tree = tree_new(), *back = tree_new();
	const struct tree_inode node = {.mode = S_IFCHR | 0600, .rdev = makedev(5, 1)};
	const char *all = desk_path(t, "all"), *want;
	int fd = open(all, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	char *data;

	assert_int_equal(tree_put_file(tree, "a/one", 0755, "content", 7), 0);
	assert_int_equal(tree_link(tree, "a/two", "a/one"), 0);
	assert_int_equal(tree_put_symlink(tree, "link", "a/one"), 0);
	assert_int_equal(tree_put(tree, "dev/console", &node), 0);
	assert_int_equal(cpio_write(tree, fd, false), 0);
	assert_int_equal(write(fd, "\0\0\0\0\0\0\0\0", 8), 8);
	assert_int_equal(tree_put_file(tree, "b", 0600, "second", 6), 0);
	assert_int_equal(cpio_write(tree, fd, true), 0);
	assert_int_equal(cpio_write(tree, fd, true), 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = arena_alloc(t->a, (size_t)st.st_size);
	assert_int_equal(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	(void)close(fd);
	assert_int_equal(newc_read("all", data, (size_t)st.st_size, back), 0);
	want = dump(t, tree);
	assert_string_equal(dump(t, back), want);
	tree_free(back);
	tree_free(tree);
}

/* A few bytes can stand for many. */
static void an_initrd_has_bounds(void **state)
{
	struct world *w = world_open(*state);
	const char *file = desk_path(w->desk, "zeros"), *out;
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	static char zeros[1 << 20];

	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_zstd(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, file), ARCHIVE_OK);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(archive_write_data(a, zeros, sizeof(zeros)), sizeof(zeros));
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	archive_entry_free(e);
	assert_int_equal(verb(w, verb_show, (const char *[]){file, NULL}, &out), EXIT_BAD_INPUT);
	assert_non_null(strstr(out, "more than 16 MiB of zeros"));
}

static void what_is_no_image_is_said(void **state)
{
	static const struct {
		const char *text, *said;
	} files[] = {
		{"nothing of the kind", "neither an initrd nor a tar"},
		{"", "neither an initrd nor a tar"},
		{"070701zz", "ends in the middle"},
		{"070701000000010000000000000000000000000000000100000000000000000000000000000000000"
		 "0"
		 "00000000000000ffffffff00000000",
			"a name of"},
		{"\x28\xb5\x2f\xfdgarbage", ""},
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *out;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *file = desk_file(t, "file", files[i].text);

		assert_int_equal(
			verb(w, verb_show, (const char *[]){file, NULL}, &out), EXIT_BAD_INPUT);
		if (!strstr(out, files[i].said))
			fail_msg("%zu: %s", i, out);
	}
	assert_int_equal(
		verb(w, verb_diff,
			(const char *[]){desk_path(t, "none"), desk_path(t, "file"), NULL}, &out),
		2);
	assert_int_equal(verb(w, verb_show, (const char *[]){NULL}, &out), 2);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(an_image_tells_its_components),
		IN_A_FOLDER(sizes_are_shown),
		IN_A_FOLDER(the_same_is_no_difference),
		IN_A_FOLDER(a_difference_is_named),
		IN_A_FOLDER(what_came_and_went_is_named),
		IN_A_FOLDER(an_image_of_others_is_known_by_its_folders),
		IN_A_FOLDER(all_of_an_initrd_is_read),
		IN_A_FOLDER(an_initrd_has_bounds),
		IN_A_FOLDER(what_is_no_image_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
