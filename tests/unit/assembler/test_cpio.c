#include "back.h"

#include "../../../assembler/cpio.h"

/* The tree written to a file, and read again by a foreign tool. */
static const char *write_to(
	struct desk *t, const struct tree *tree, const char *name, bool compress)
{
	const char *path = desk_path(t, name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(cpio_write(tree, fd, compress), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

static const char *listed(struct desk *t, const char *archive)
{
	const char *out = desk_path(t, "list");
	char *argv[] = {(char *)"cpio", (char *)"-itvn", (char *)"--quiet", NULL};
	char *text = arena_alloc(t->a, 8192);
	pid_t pid = fork();
	int status, fd;

	if (pid == 0) {
		(void)dup2(open(archive, O_RDONLY), STDIN_FILENO);
		(void)dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
		(void)setenv("TZ", "UTC", 1);
		(void)setenv("LC_ALL", "C", 1);
		execvp(argv[0], argv);
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	fd = open(out, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, 8191) >= 0);
	(void)close(fd);
	return text;
}

static struct tree *sample(void)
{
	const struct tree_inode console = {.mode = S_IFCHR | 0600, .rdev = makedev(5, 1)};
	const struct tree_inode owned = {.mode = S_IFDIR | 01777, .uid = 5, .gid = 6, .mtime = 99};
	struct tree *tree = tree_new();

	assert_int_equal(tree_put(tree, "dev/console", &console), 0);
	assert_int_equal(tree_put(tree, "tmp", &owned), 0);
	assert_int_equal(tree_put_file(tree, "bin/a", 04755, "content", 7), 0);
	assert_int_equal(tree_link(tree, "bin/b", "bin/a"), 0);
	assert_int_equal(tree_put_symlink(tree, "init", "bin/a"), 0);
	return tree;
}

static void another_tool_reads_names_owners_devices_and_links(void **state)
{
	struct desk *t = *state;
	struct tree *tree = sample();

	assert_string_equal(listed(t, write_to(t, tree, "c", false)),
		"drwxr-xr-x   1 0        0               0 Jan  1  1970 bin\n"
		"-rwsr-xr-x   2 0        0               7 Jan  1  1970 bin/a\n"
		"-rwsr-xr-x   2 0        0               0 Jan  1  1970 bin/b\n"
		"drwxr-xr-x   1 0        0               0 Jan  1  1970 dev\n"
		"crw-------   1 0        0          5,   1 Jan  1  1970 dev/console\n"
		"lrwxrwxrwx   1 0        0               5 Jan  1  1970 init -> bin/a\n"
		"drwxrwxrwt   1 5        6               0 Jan  1  1970 tmp\n");
	tree_free(tree);
}

static void hard_links_have_one_inode_and_one_content(void **state)
{
	struct desk *t = *state;
	struct tree *tree = sample();
	const char *path = write_to(t, tree, "c", false);
	struct archive *in = archive_read_new();
	struct archive_entry *e;
	int64_t a = 0, b = -1, others = 0;

	archive_read_support_format_cpio(in);
	assert_int_equal(archive_read_open_filename(in, path, 4096), ARCHIVE_OK);
	while (archive_read_next_header(in, &e) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(e), "bin/a") == 0)
			a = archive_entry_ino64(e);
		else if (strcmp(archive_entry_pathname(e), "bin/b") == 0)
			b = archive_entry_ino64(e);
		else
			others += archive_entry_ino64(e) == a;
	}
	assert_int_equal(a, b);
	assert_int_equal(others, 0);
	archive_read_free(in);
	tree_free(tree);
}

static void the_same_tree_gives_the_same_bytes(void **state)
{
	struct desk *t = *state;
	struct tree *tree = sample();
	const char *one = digest_of(t, write_to(t, tree, "one", true));

	tree_free(tree);
	tree = sample();
	assert_string_equal(digest_of(t, write_to(t, tree, "two", true)), one);
	tree_free(tree);
}

static const char *segment_of(struct desk *t, const struct tree *tree)
{
	struct cpio_segment s = {.tree = tree, .what = "a sample"};

	return cpio_segments(t->a, &s, 1) == 0 ? s.path : "none";
}

/* More than there are processors. */
static void segments_are_made_at_once(void **state)
{
	struct desk *t = *state;
	struct cpio_segment s[8];
	struct tree *tree[8];

	say_quiet();
	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache"), 1), 0);
	for (size_t i = 0; i < 8; i++) {
		tree[i] = sample();
		assert_int_equal(tree_put_file(tree[i], "own", 0644, "123456789", i), 0);
		s[i] = (struct cpio_segment){tree[i], "a sample", NULL};
	}
	assert_int_equal(cpio_segments(t->a, s, 8), 0);
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(
			digest_of(t, s[i].path), digest_of(t, write_to(t, tree[i], "alone", true)));
	for (size_t i = 0; i < 8; i++)
		tree_free(tree[i]);
}

static void a_segment_is_made_once(void **state)
{
	struct desk *t = *state;
	struct tree *tree = sample();
	const char *path;
	struct stat before, after;

	say_quiet();
	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache"), 1), 0);
	path = segment_of(t, tree);
	assert_non_null(path);
	assert_int_equal(stat(path, &before), 0);
	assert_string_equal(segment_of(t, tree), path);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(tree_put_file(tree, "more", 0644, "", 0), 0);
	assert_string_not_equal(segment_of(t, tree), path);
	tree_free(tree);
}

static void segments_one_after_another_are_one_archive(void **state)
{
	struct desk *t = *state;
	struct tree *tree = sample();
	const char *path = write_to(t, tree, "all", true);
	FILE *f = fopen(path, "ae");
	char *argv[] = {(char *)"zstd", (char *)"-tq", (char *)path, NULL};
	char bytes[4096];
	int in, status;
	ssize_t n;
	pid_t pid;

	in = open(write_to(t, tree, "second", true), O_RDONLY | O_CLOEXEC);
	n = read(in, bytes, sizeof(bytes));
	assert_true(n > 0 && fwrite(bytes, 1, (size_t)n, f) == (size_t)n && fclose(f) == 0);
	(void)close(in);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_tool_reads_names_owners_devices_and_links),
		cmocka_unit_test(hard_links_have_one_inode_and_one_content),
		cmocka_unit_test(the_same_tree_gives_the_same_bytes),
		cmocka_unit_test(a_segment_is_made_once),
		cmocka_unit_test(segments_are_made_at_once),
		cmocka_unit_test(segments_one_after_another_are_one_archive),
	};

	return cmocka_run_group_tests(tests, desk_open, desk_close);
}
