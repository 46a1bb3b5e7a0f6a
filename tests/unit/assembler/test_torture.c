/*
 * Layers as no tool makes them on purpose, put on one another and into a whole build.  What lies
 * outside of the output folder is compared before and after.
 */
#include "world.h"

#include <ftw.h>

#include "../../../assembler/layer.h"

static const char *apply(struct desk *t, struct tree *tree, struct maker *m)
{
	struct caught c;
	const char *file = maker_close(m), *said;
	int r;

	c = caught_begin();
	r = layer_apply(tree, file, NULL, NULL);
	said = caught_end(t, c);
	return r == 0 ? "" : said;
}

static void add_many(struct maker *m, const char *const names[][2])
{
	for (; (*names)[0]; names++) {
		const char *what = (*names)[1];

		if (strcmp(what, "dir") == 0)
			maker_add(m, (*names)[0], S_IFDIR | 0755, NULL);
		else if (strncmp(what, "-> ", 3) == 0)
			maker_add(m, (*names)[0], S_IFLNK | 0777, what + 3);
		else if (strncmp(what, "= ", 2) == 0)
			maker_link(m, (*names)[0], what + 2);
		else
			maker_add(m, (*names)[0], S_IFREG | 0644, what);
	}
}

struct pile {
	const char *layer[3][8][2];
	const char *want; /* the tree, or what is said */
};

static void layers_pile_up_as_they_should(void **state)
{
	static const struct pile piles[] = {
		/* a file becomes a folder, and the other way round */
		{{{{"a", "file"}}, {{"a", "dir"}, {"a/b", "2"}}},
			"a 0755 0:0 dir\na/b 0644 0:0 file 2\n"},
		{{{{"a/b/c", "1"}}, {{"a", "file"}}}, "a 0644 0:0 file file\n"},
		{{{{"a", "-> b"}}, {{"a", "file"}}}, "a 0644 0:0 file file\n"},
		/* within one layer */
		{{{{"a", "1"}, {"a", "dir"}, {"a/b", "2"}, {"a", "3"}}}, "a 0644 0:0 file 3\n"},
		{{{{"a", "1"}, {"a", "2"}}}, "a 0644 0:0 file 2\n"},
		{{{{"a", "-> x"}, {"a", "-> y"}}}, "a 0777 0:0 -> y\n"},
		/* a hard link outlives what it was made of, and does not change with it */
		{{{{"a", "1"}}, {{"b", "= a"}}, {{".wh.a", ""}}}, "b 0644 0:0 file 1\n"},
		{{{{"a", "1"}, {"b", "= a"}}, {{"a", "2"}}},
			"a 0644 0:0 file 2\nb 0644 0:0 file 1\n"},
		{{{{"a", "1"}, {"a", "= a"}}}, "a 0644 0:0 file 1\n"},
		{{{{"l", "-> x"}, {"k", "= l"}}}, "k 0777 0:0 -> x\nl 0777 0:0 same as k\n"},
		{{{{"a", "1"}, {"d/b", "= /a"}}}, /* an absolute target is the image's */
			"a 0644 0:0 file 1\nd 0755 0:0 dir\nd/b 0644 0:0 same as a\n"},
		{{{{"a", "dir"}, {"b", "= a"}}}, "b: cannot be a hard link to a"},
		{{{{"b", "= ../../etc/passwd"}}}, "leaves the image's root"},
		/* symlinks lead inside, whatever they say */
		{{{{"out", "-> ../../../../tmp"}}, {{"out/x", "1"}}},
			"out 0777 0:0 -> ../../../../tmp\ntmp 0755 0:0 dir\ntmp/x 0644 0:0 file "
			"1\n"},
		{{{{"out", "-> /etc"}}, {{"out/../x", "1"}}}, "leaves the image's root"},
		{{{{"out", "-> /etc"}}, {{"out/.wh.x", ""}, {"out/y", "1"}}},
			"etc 0755 0:0 dir\netc/y 0644 0:0 file 1\nout 0777 0:0 -> /etc\n"},
		{{{{"a", "-> b"}, {"b", "-> a"}}, {{"a/x", "1"}}}, "Too many levels of symbolic"},
		{{{{"a", "1"}}, {{"a/b", "2"}}}, "Not a directory"},
		/* a whiteout of what the same layer brings as something else */
		{{{{"a/b", "1"}}, {{".wh.a", ""}, {"a", "2"}}}, "a 0644 0:0 file 2\n"},
		{{{{"a/b", "1"}}, {{"a/.wh..wh..opq", ""}, {"a/c", "2"}}},
			"a 0755 0:0 dir\na/c 0644 0:0 file 2\n"},
		/* names */
		{{{{"./a//b/./c", "1"}}},
			"a 0755 0:0 dir\na/b 0755 0:0 dir\na/b/c 0644 0:0 file 1\n"},
		{{{{"a\nb", "1"}, {" ", "2"}}}, "  0644 0:0 file 2\na\nb 0644 0:0 file 1\n"},
		{{{{"..a", "1"}, {"a..", "2"}, {"...", "3"}}},
			"... 0644 0:0 file 3\n..a 0644 0:0 file 1\na.. 0644 0:0 file 2\n"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(piles) / sizeof(piles[0]); i++) {
		struct tree *tree = tree_new();
		const char *said = "";

		for (size_t k = 0; k < 3 && piles[i].layer[k][0][0] && !said[0]; k++) {
			struct maker m = maker_open(t, "l.tar", PACK_NONE);

			add_many(&m, piles[i].layer[k]);
			said = apply(t, tree, &m);
		}
		if (said[0] && !strstr(said, piles[i].want))
			fail_msg("pile %zu: wanted: %s\nbut it said: %s", i, piles[i].want, said);
		if (!said[0])
			assert_string_equal(dump(t, tree), piles[i].want);
		tree_free(tree);
	}
}

/* Names longer than a header's field, as old GNU tar and as ustar write them. */
static void long_names_of_every_format_are_kept(void **state)
{
	static int (*const formats[])(struct archive *) = {archive_write_set_format_gnutar,
		archive_write_set_format_ustar, archive_write_set_format_pax};
	struct desk *t = *state;
	char part[101], *path;

	memset(part, 'n', 100);
	part[100] = '\0';
	path = arena_printf(t->a, "%s/%.99s", part, part);
	for (size_t i = 0; i < 3; i++) {
		struct maker m = {archive_write_new(), desk_path(t, "l.tar")};
		struct tree *tree = tree_new();

		assert_int_equal(formats[i](m.out), ARCHIVE_OK);
		assert_int_equal(archive_write_open_filename(m.out, m.path), ARCHIVE_OK);
		maker_add(&m, path, S_IFREG | 0644, "deep");
		maker_add(&m, "link", S_IFLNK | 0777, part);
		maker_link(&m, "hard", i == 1 ? "link" : path);
		assert_string_equal(apply(t, tree, &m), "");
		assert_string_equal(content(t, tree, path), "deep");
		assert_string_equal(tree_get(tree, "link")->target, part);
		assert_non_null(tree_get(tree, "hard"));
		tree_free(tree);
	}
}

static void an_attribute_without_a_proper_name_is_refused(void **state)
{
	static const char *const names[] = {
		"user.a b", "user.a\nx security.capability /init", "user.\xc3\xb6", "user.a=b"};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct maker m = maker_open(t, "l.tar", PACK_NONE);
		struct archive_entry *e = maker_entry("x", S_IFREG | 0644, NULL);
		struct tree *tree = tree_new();

		archive_entry_xattr_add_entry(e, names[i], "v", 1);
		maker_put(&m, e, NULL);
		assert_non_null(strstr(apply(t, tree, &m), "has a name that is none"));
		tree_free(tree);
	}
}

/* A tar header of its own, as libarchive writes none. */
static void put_header(struct archive *out, const char *name, char type, const char *size)
{
	char h[512] = "";
	unsigned sum = 8 * ' ';

	(void)snprintf(h, 100, "%s", name);
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	memcpy(h + 124, size, 12);
	memcpy(h + 136, "00000000000", 12);
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 8, "%06o", sum);
	h[155] = ' ';
	assert_int_equal(archive_write_data(out, h, sizeof(h)), sizeof(h));
}

static struct maker raw_open(struct desk *t)
{
	struct maker m = {archive_write_new(), desk_path(t, "bomb")};
	struct archive_entry *e = archive_entry_new();

	assert_int_equal(archive_write_set_format_raw(m.out), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_zstd(m.out), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(m.out, m.path), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(m.out, e), ARCHIVE_OK);
	archive_entry_free(e);
	return m;
}

static void a_bomb_is_refused_before_it_is_unpacked(void **state)
{
	static const char zeros[1 << 20];
	struct desk *t = *state;
	struct tree *tree = tree_new();
	struct maker m = raw_open(t);

	/* 8 PiB: base 256, as GNU writes what octal digits cannot say */
	put_header(m.out, "huge", '0', "\200\0\0\0\0\040\0\0\0\0\0");
	assert_non_null(strstr(apply(t, tree, &m), "larger than 16 GiB"));
	m = raw_open(t);
	put_header(m.out, "a", '5', "00000000000");
	for (int i = 0; i < 66; i++)
		assert_int_equal(archive_write_data(m.out, zeros, sizeof(zeros)), sizeof(zeros));
	assert_non_null(strstr(apply(t, tree, &m), "more than 64 MiB follow the end"));
	m = raw_open(t);
	for (int i = 0; i <= LAYER_ENTRIES_MAX; i++)
		put_header(m.out, "same", '5', "00000000000");
	assert_non_null(strstr(apply(t, tree, &m), "more than 1000000 entries"));
	tree_free(tree);
}

/* ------------------------------------------------------------------ a whole build */

static struct desk *watched;
static const char *seen;

static int look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *inside = path + strlen(watched->dir), *what = "";
	/* The folder itself gets the output folder; in tmp a nameless file comes and goes. */
	bool has_time = *inside && strcmp(inside, "/tmp") != 0;
	char target[256] = "";

	(void)ftw;
	/* What a build may write: its output, its cache, the local layout of components. */
	if (strcmp(inside, "/out") == 0 || strncmp(inside, "/cache", 6) == 0 ||
		strncmp(inside, "/root/build", 11) == 0)
		return FTW_SKIP_SUBTREE;
	if (type == FTW_SL)
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	if (type == FTW_F)
		what = digest_of(watched, path);
	seen = arena_printf(watched->a, "%s%s %o %u:%u %jd %jd.%ld %s%s\n", seen, inside,
		st->st_mode, st->st_uid, st->st_gid, type == FTW_F ? (intmax_t)st->st_size : 0,
		has_time ? (intmax_t)st->st_mtim.tv_sec : 0, has_time ? st->st_mtim.tv_nsec : 0,
		what, target);
	return FTW_CONTINUE;
}

/* Names, modes, owners, times and content of everything below the test's folder. */
static const char *snapshot(struct desk *t)
{
	watched = t;
	seen = "";
	assert_int_equal(nftw(t->dir, look, 16, FTW_PHYS | FTW_ACTIONRETVAL), 0);
	return seen;
}

/* Every way out that a layer may try; `canary` is a file beside the output folder. */
static const char *hostile(struct desk *t, const char *const name[2])
{
	struct maker m = maker_open(t, "hostile.tar", PACK_GZIP);
	const char *canary = desk_path(t, "canary");
	const char *const rows[][2] = {
		{"up", "-> ../../../../../../.."},
		{arena_printf(t->a, "up%s", canary), "changed"},
		{"abs", arena_printf(t->a, "-> %s", t->dir)},
		{"abs/canary", "changed"},
		{"abs/out/goat-kernel", "changed"},
		{canary, "changed"},
		{"abs/.wh.canary", ""},
		{name[0], name[1]},
		{NULL, NULL},
	};

	maker_add(&m, "setuid", S_IFREG | 06777, "x");
	maker_add(&m, "sock", S_IFCHR | 0666, NULL);
	add_many(&m, rows);
	return maker_close(&m);
}

static int build_it(struct world *w, const char **ret_said)
{
	struct desk *t = w->desk;
	const char *yml = desk_path(t, "goat.yml");
	char *argv[] = {(char *)"build", (char *)"--output", (char *)desk_path(t, "out"),
		(char *)yml, NULL};

	return world_verb(w, verb_build, argv, ret_said);
}

static void a_build_writes_nowhere_else(void **state)
{
	static const struct {
		const char *last[2], *said; /* NULL: the build is good, the layer was confined */
	} rows[] = {
		{{"plain", "1"}, NULL},
		{{"deep/../x", "1"}, "leaves the image's root"},
		{{"../canary", "1"}, "leaves the image's root"},
		{{"../../../../../../../../tmp/nanny-escaped", "1"}, "leaves the image's root"},
		{{"x", "= ../canary"}, "leaves the image's root"},
		{{"x", "= /nowhere"}, "cannot be a hard link"},
		{{"setuid/x", "1"}, "Not a directory"},
	};
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *said, *before;

	(void)desk_file(t, "canary", "alive");
	(void)desk_file(t, "tmp/x", "");
	assert_int_equal(setenv("TMPDIR", desk_path(t, "tmp"), 1), 0);
	(void)desk_file(t, "goat.yml",
		arena_printf(t->a,
			"services: [{name: s, image: \"oci:%s\"}, {name: r, readonly: true, image: "
			"\"oci:%s\"}]\nvolumes: [{name: v, image: \"oci:%s\"}]\n",
			desk_path(t, "img"), desk_path(t, "img"), desk_path(t, "img")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status;

		(void)world_image(t, hostile(t, rows[i].last), "{\"Cmd\":[\"/x\"]}");
		before = snapshot(t);
		status = build_it(w, &said);
		if ((status == 0) != !rows[i].said)
			fail_msg("row %zu ended with %d and said: %s", i, status, said);
		if (rows[i].said && !strstr(said, rows[i].said))
			fail_msg("row %zu said: %s", i, said);
		assert_string_equal(snapshot(t), before);
		assert_int_not_equal(access("/tmp/nanny-escaped", F_OK), 0);
	}
	assert_string_equal(text_of(t, "out/goat-kernel"), "the kernel");
}

static int close_and_restore(void **state)
{
	(void)unsetenv("TMPDIR");
	return desk_close(state);
}

/* One byte of a blob, wherever it is: the build fails, the outputs of before stay. */
static void a_changed_blob_is_refused(void **state)
{
	struct world *w = world_open(*state);
	struct desk *t = w->desk;
	const char *digest, *said, *before;
	FILE *f;

	(void)desk_file(t, "goat.yml",
		arena_printf(
			t->a, "services: [{name: s, image: \"oci:%s\"}]\n", desk_path(t, "img")));
	(void)desk_file(t, "out/goat-kernel", "of before");
	digest = world_image(t, hostile(t, (const char *[2]){"plain", "1"}), "{\"Cmd\":[\"/x\"]}");
	f = fopen(desk_path(t, arena_printf(t->a, "img/blobs/sha256/%s", digest + 7)), "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 4, SEEK_SET), 0);
	assert_int_equal(fputc(0x7f, f), 0x7f); /* the time in gzip's header: it unpacks as well */
	assert_int_equal(fclose(f), 0);
	before = snapshot(t);
	assert_int_equal(build_it(w, &said), 1);
	assert_non_null(strstr(said, "its digest is sha256:"));
	assert_string_equal(snapshot(t), before);
	assert_string_equal(text_of(t, "out/goat-kernel"), "of before");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, close_and_restore)
	const struct CMUnitTest tests[] = {
		T(layers_pile_up_as_they_should),
		T(long_names_of_every_format_are_kept),
		T(an_attribute_without_a_proper_name_is_refused),
		T(a_bomb_is_refused_before_it_is_unpacked),
		T(a_build_writes_nowhere_else),
		T(a_changed_blob_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
