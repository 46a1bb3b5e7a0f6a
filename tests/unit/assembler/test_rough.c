/* Builds in a world that is not as it should be: sources, places and caches that went bad. */
#include "world.h"

#include <dirent.h>
#include <signal.h>

#include "../../../assembler/layer.h"
#include "../../../assembler/partition.h"
#include "../../../assembler/product.h"
#include "../../../assembler/temp.h"

static int build_as(struct world *w, const char *yml, const char *option, const char *value,
	const char **ret_said)
{
	char *argv[] = {(char *)"build", (char *)"--output", (char *)desk_path(w->desk, "out"),
		(char *)desk_file(w->desk, "goat.yml", yml), (char *)option, (char *)value, NULL};

	return world_verb(w, verb_build, argv, ret_said);
}

static void assert_says(const char *said, const char *want)
{
	if (!strstr(said, want))
		fail_msg("\"%s\" is not in: %s", want, said);
}

/* The root as a tar, whose names, owners and modes archive_read tells. */
static struct tree *root_of(struct world *w, const char *yml)
{
	struct tree *t = tree_new();
	const char *said;

	if (build_as(w, yml, "--format", "tar", &said) != 0)
		fail_msg("%s", said);
	assert_int_equal(layer_apply(t, desk_path(w->desk, "out/goat.tar"), NULL, NULL), 0);
	return t;
}

static void what_is_left_out_leaves_the_rest_as_it_is(void **state)
{
	struct world *w = world_open(*state);
	struct tree *t = root_of(w, "init: [nanny/init]\n"
				    "files:\n"
				    "  - {path: init, source: /none, optional: true, uid: 7}\n"
				    "  - {path: on/the/way, source: /none, optional: true}\n");
	const struct tree_inode *init = tree_get(t, "init");

	assert_non_null(init);
	assert_int_equal(init->mode, S_IFREG | 0755);
	assert_int_equal(init->uid, 0);
	assert_null(tree_get(t, "on"));
	tree_free(t);
}

static void a_source_is_a_regular_file(void **state)
{
	struct world *w = world_open(*state);
	const char *said, *fifo = desk_path(w->desk, "fifo");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(
		build_as(w,
			arena_printf(w->desk->a,
				"files:\n  - {path: a, source: %s}\n"
				"  - {path: b, source: /dev/zero}\n  - {path: c, source: /dev}\n",
				fifo),
			NULL, NULL, &said),
		2);
	assert_says(said, "fifo': neither pipe nor device nor socket");
	assert_says(said, "'/dev/zero': neither pipe nor device nor socket");
	assert_says(said, "'/dev': Is a directory");
}

/* A shell's <(…) can be read once: it is the build that reads it. */
static void a_system_out_of_a_pipe_is_read_by_the_build_alone(void **state)
{
	struct world *w = world_open(*state);

	for (int i = 0; i < 2; i++) {
		static const char yml[] = "init: [nanny/init]\n";
		int ends[2];
		const char *said;
		char *argv[] = {(char *)"build", (char *)"--output",
			(char *)desk_path(w->desk, "out"), (char *)"--name", (char *)"goat", NULL,
			NULL};

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(dup2(ends[0], 100), 100);
		assert_int_equal(write(ends[1], yml, strlen(yml)), strlen(yml));
		assert_int_equal(close(ends[1]), 0);
		argv[5] = (char *)"/dev/fd/100";
		if (world_verb(w, verb_build, argv, &said) != 0)
			fail_msg("build %d: %s", i, said);
		assert_int_equal(close(ends[0]), 0);
		assert_int_equal(close(100), 0);
	}
}

static ino_t inode_of(struct world *w, const char *name)
{
	struct stat st;

	assert_int_equal(stat(desk_path(w->desk, name), &st), 0);
	return st.st_ino;
}

static void outputs_are_replaced_together_or_not_at_all(void **state)
{
	struct world *w = world_open(*state);
	const char *said;
	ino_t kernel;

	assert_int_equal(build_as(w, "kernel: {cmdline: one}\n", NULL, NULL, &said), 0);
	kernel = inode_of(w, "out/goat-kernel");
	assert_int_equal(unlink(desk_path(w->desk, "out/goat-initrd.img")), 0);
	assert_int_equal(mkdir(desk_path(w->desk, "out/goat-initrd.img"), 0755), 0);
	assert_int_equal(build_as(w, "kernel: {cmdline: two}\n", NULL, NULL, &said), 1);
	assert_says(said, "out/goat-initrd.img: Is a directory");
	assert_int_equal(inode_of(w, "out/goat-kernel"), kernel);
	assert_says(text_of(w->desk, "out/goat-cmdline"), "one");
}

static void a_date_has_an_end(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "253402300800", 1), 0);
	assert_int_equal(build_as(w, "init: [nanny/init]\n", NULL, NULL, &said), 2);
	assert_says(said, "SOURCE_DATE_EPOCH: '253402300800' is not a number of seconds");
	assert_null(strstr(strstr(said, "EPOCH") + 1, "EPOCH")); /* said once */
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "253402300799", 1), 0);
	assert_int_equal(build_as(w, "init: [nanny/init]\n", "--sbom-output",
				 desk_path(w->desk, "sbom"), &said),
		0);
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
	assert_says(text_of(w->desk, "sbom"), "9999-12-31T23:59:59Z");
}

static void a_missing_tmpdir_is_named(void **state)
{
	struct world *w = world_open(*state);
	const char *said;

	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(build_as(w, "init: [nanny/init]\n", NULL, NULL, &said), 1);
	assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_says(said, "no file can be made in /nonexistent: No such file or directory; TMPDIR");
}

static int count(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	for (const struct dirent *e; d && (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d)
		(void)closedir(d);
	return n;
}

/* The tool that makes a part ends the one that started it. */
static void what_a_signal_ends_leaves_nothing(void **state)
{
	struct world *w = world_open(*state);
	const char *path =
		arena_printf(w->desk->a, "%s:%s", desk_path(w->desk, "bin"), getenv("PATH"));
	const char *tool =
		desk_file(w->desk, "bin/mksquashfs", "#!/bin/sh\nkill -TERM $PPID\nsleep 9\n");
	const char *said;
	pid_t pid;
	int status;

	assert_int_equal(chmod(tool, 0755), 0);
	pid = fork();
	if (pid == 0) {
		temp_catch();
		(void)setenv("PATH", path, 1);
		_exit(build_as(w, "init: [nanny/init]\n", "--format", "kernel+squashfs", &said));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(count(desk_path(w->desk, "out")), 0);
	assert_int_equal(count(desk_path(w->desk, "cache/nanny/root")), 0);
}

static int make_nothing(struct product *p, const char *path, int fd)
{
	(void)p;
	(void)path;
	(void)fd;
	return 0;
}

/* Tools by their names, that say all is well and did nothing. */
static void a_tool_that_did_nothing_is_found_out(void **state)
{
	struct world *w = world_open(*state);
	struct arena *a = w->desk->a;
	const char *path = getenv("PATH"), *said, *disk = desk_file(w->desk, "disk", "");
	const char *idle = "#!/bin/sh\ncat >/dev/null\n";
	const struct partition part = {.type = "c", .start = 1 << 20, .size = 1 << 20};
	struct product p = {.arena = a, .work = (char *)desk_path(w->desk, "deb")};

	assert_int_equal(chmod(desk_file(w->desk, "bin/mksquashfs", idle), 0755), 0);
	assert_int_equal(chmod(desk_file(w->desk, "bin/sfdisk", idle), 0755), 0);
	assert_int_equal(truncate(disk, 2 << 20), 0);
	path = arena_strdup(a, path);
	(void)setenv("PATH", arena_printf(a, "%s:%s", desk_path(w->desk, "bin"), path), 1);
	assert_int_equal(
		build_as(w, "init: [nanny/init]\n", "--format", "kernel+squashfs", &said), 1);
	assert_says(said, "the tool for squashfs has written nothing");
	assert_int_equal(count(desk_path(w->desk, "cache/nanny/root")), 0);
	assert_int_equal(partition_write(a, 0, disk, PARTITION_MBR, "s", &part, 1), -1);
	(void)setenv("PATH", path, 1);
	assert_null(product_part(&p, make_nothing));
	product_clear(&p);
}

/* ------------------------------------------------------------------ the cache goes bad */

static void flip(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	char c;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pread(fd, &c, 1, st.st_size / 2), 1);
	c ^= 0x10;
	assert_int_equal(pwrite(fd, &c, 1, st.st_size / 2), 1);
	assert_int_equal(close(fd), 0);
}

static void halve(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
}

static const char *build_again(struct world *w)
{
	const char *said = "";

	(void)unlink(desk_path(w->desk, "out/goat-initrd.img"));
	/* A damaged layer is thrown away by the first one that meets it. */
	for (int i = 0; i < 2; i++)
		if (build_as(w, "services:\n  - {name: w, image: nanny/web}\n", NULL, NULL,
			    &said) == 0)
			return digest_of(w->desk, desk_path(w->desk, "out/goat-initrd.img"));
	fail_msg("%s", said);
	return NULL;
}

static int spoil(struct world *w, const char *folder, const char *good)
{
	DIR *d = opendir(desk_path(w->desk, folder));
	const char *names[64];
	int n = 0;

	assert_non_null(d);
	for (const struct dirent *e; n < 64 && (e = readdir(d));)
		if (e->d_type == DT_REG)
			names[n++] = arena_printf(
				w->desk->a, "%s/%s", desk_path(w->desk, folder), e->d_name);
	assert_int_equal(closedir(d), 0);
	for (int i = 0; i < n; i++) {
		static void (*const ways[])(const char *path) = {flip, halve};

		for (size_t k = 0; k < 2; k++) {
			if (access(names[i], F_OK) < 0)
				continue; /* made anew by another name */
			ways[k](names[i]);
			if (strcmp(build_again(w), good) != 0)
				fail_msg("%s damaged is another image", names[i]);
		}
	}
	return n;
}

static void a_damaged_cache_is_never_another_image(void **state)
{
	struct world *w = world_open(*state);
	const char *good = build_again(w);

	assert_true(spoil(w, "cache/nanny/segment", good) >= 6);
	assert_true(spoil(w, "cache/nanny/kernel", good) >= 4);
	assert_true(spoil(w, "cache/nanny/licence", good) >= 2);
	assert_true(spoil(w, "cache/nanny/stamp", good) >= 2);
	assert_true(spoil(w, "root/build/oci/x86_64/blobs/sha256", good) >= 6);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(what_is_left_out_leaves_the_rest_as_it_is),
		IN_A_FOLDER(a_source_is_a_regular_file),
		IN_A_FOLDER(a_system_out_of_a_pipe_is_read_by_the_build_alone),
		IN_A_FOLDER(outputs_are_replaced_together_or_not_at_all),
		IN_A_FOLDER(a_date_has_an_end),
		IN_A_FOLDER(a_missing_tmpdir_is_named),
		IN_A_FOLDER(what_a_signal_ends_leaves_nothing),
		IN_A_FOLDER(a_tool_that_did_nothing_is_found_out),
		IN_A_FOLDER(a_damaged_cache_is_never_another_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
