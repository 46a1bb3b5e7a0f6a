/*
 * A small source tree for the verbs: a board, two Debian packages (a kernel and a shell),
 * components, and a cache in which the packages already are.  Nothing is downloaded.
 */
#pragma once

#include "back.h"

#include "../../../assembler/verb.h"

struct world {
	struct desk *desk;
	struct verb_env env;
};

static inline int world_run(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The folder deb/NAME becomes a package in the cache; its line of packages.lock. */
static inline const char *world_deb(struct desk *t, const char *name)
{
	const char *deb = desk_path(t, arena_printf(t->a, "%s_1_amd64.deb", name));
	const char *argv[] = {"dpkg-deb", "-b", "--root-owner-group", "-Znone",
		desk_path(t, arena_printf(t->a, "deb/%s", name)), deb, NULL};
	const char *sum;
	struct stat st;

	(void)desk_file(t, arena_printf(t->a, "deb/%s/DEBIAN/control", name),
		arena_printf(t->a,
			"Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: n <n@n>\n"
			"Description: test\n",
			name));
	assert_int_equal(world_run(argv), 0);
	assert_int_equal(stat(deb, &st), 0);
	sum = digest_of(t, deb) + 7;
	(void)desk_file(t, arena_printf(t->a, "cache/nanny/deb/%.16s/x", sum), "");
	assert_int_equal(
		rename(deb, desk_path(t, arena_printf(t->a, "cache/nanny/deb/%.16s/%s_1_amd64.deb",
						 sum, name))),
		0);
	return arena_printf(t->a, "%s amd64 trixie 1 %jd %s debian pool/%s_1_amd64.deb\n", name,
		(intmax_t)st.st_size, sum, name);
}

/* A kernel module: what matters of it is the section .modinfo. */
static inline void world_module(struct desk *t, const char *path, const char *depends)
{
	struct archive *out = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char bytes[256] = "\177ELF";
	size_t n = 64;

	n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "license=GPL") + 1;
	n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "depends=%s", depends) + 1;
	(void)desk_file(t, path, "");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_copy_pathname(e, "x");
	assert_int_equal(archive_write_set_format_raw(out), ARCHIVE_OK);
	if (strstr(path, ".xz"))
		assert_int_equal(archive_write_add_filter_xz(out), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(out, desk_path(t, path)), ARCHIVE_OK);
	assert_int_equal(archive_write_header(out, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(out, bytes, n), n);
	assert_int_equal(archive_write_free(out), ARCHIVE_OK);
	archive_entry_free(e);
}

static inline void world_components(struct desk *t)
{
	(void)desk_file(t, "root/build/x86_64/init", "the init binary");
	(void)desk_file(
		t, "root/init/build.yml", "image: init\nbinaries:\n  - name: init\n    to: init\n");
	(void)desk_file(t, "root/services/web/page", "a page\n");
	(void)desk_file(t, "root/services/web/build.yml",
		"image: web\n"
		"config:\n  command: [/bin/sh]\n  readonly: true\n  oomScoreAdj: 7\n"
		"packages:\n  - name: shell\n    files:\n"
		"      - from: usr/bin/sh*\n        to: bin/\n"
		"files:\n  - from: page\n    to: srv/page\n    mode: \"0600\"\n"
		"directories: [var/empty]\n"
		"symlinks:\n  - path: bin/ash\n    to: sh\n");
}

static inline void world_board(struct desk *t, const char *modules)
{
	(void)desk_file(t, "root/boards/qemu-x86_64/board.yml",
		arena_printf(t->a,
			"arch: amd64\nkernel:\n  package: kernel\n  file: boot/vmlinuz-*\n"
			"modules: [%s]\nconsole: ttyS0\ncmdline: quiet\ninit: [nanny/init]\n"
			"qemu:\n  binary: qemu-fake\n  args: [-m, 64M]\n  netdev: virtio-net-pci\n",
			modules));
}

static inline struct world *world_open(struct desk *t)
{
	struct world *w = arena_alloc(t->a, sizeof(*w));
	static const char dir[] = "deb/kernel/usr/lib/modules/1.0/kernel";

	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache"), 1), 0);
	(void)unsetenv("SOURCE_DATE_EPOCH");
	(void)desk_file(t, "deb/kernel/boot/vmlinuz-1.0", "the kernel");
	world_module(t, arena_printf(t->a, "%s/fs/over-lay.ko.xz", dir), "");
	world_module(t, arena_printf(t->a, "%s/net/card.ko.xz", dir), "fail_over,over_lay");
	world_module(t, arena_printf(t->a, "%s/net/fail-over.ko", dir), "");
	world_module(t, arena_printf(t->a, "%s/net/unused.ko.xz", dir), "");
	(void)desk_file(t, "deb/kernel/usr/lib/modules/1.0/modules.builtin", "kernel/fs/ext4.ko\n");
	(void)desk_file(t, "deb/shell/usr/bin/sh", "the shell");
	(void)desk_file(t, "root/packages.lock",
		arena_printf(t->a, "# date 2026-11-24\n%s%s", world_deb(t, "kernel"),
			world_deb(t, "shell")));
	world_board(t, "card, ext4");
	world_components(t);
	say_quiet();
	w->desk = t;
	w->env = (struct verb_env){
		.arena = t->a,
		.root = desk_path(t, "root"),
		.program = desk_file(t, "root/build/nanny", "the tool"),
	};
	return w;
}

/* Moves the file into the layout `img`; its digest. */
static inline const char *world_blob(struct desk *t, const char *path)
{
	const char *digest = arena_strdup(t->a, digest_of(t, path));
	const char *to = desk_file(t, arena_printf(t->a, "img/blobs/sha256/%s", digest + 7), "");

	assert_int_equal(rename(path, to), 0);
	return digest;
}

/* An OCI layout `img` of this one layer, whatever is in it, and a config; the layer's digest. */
static inline const char *world_image(struct desk *t, const char *layer, const char *config)
{
	const char *digest = world_blob(t, layer);
	const char *image = arena_printf(
		t->a, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":%s}", config);
	const char *manifest = arena_printf(t->a,
		"{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\"},"
		"\"layers\":[{\"digest\":\"%s\"}]}",
		world_blob(t, desk_file(t, "blob", image)), digest);

	(void)desk_file(t, "img/index.json",
		arena_printf(t->a, "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\"}]}",
			world_blob(t, desk_file(t, "blob", manifest))));
	return digest;
}

/* A verb with its arguments (NULL at the end); what it said goes to *ret_said. */
static inline int world_verb(
	struct world *w, verb_run *verb, char *const argv[], const char **ret_said)
{
	struct caught c = caught_begin();
	int argc = 0, status;

	while (argv[argc])
		argc++;
	optind = 0;
	status = verb(&w->env, argc, (char **)argv);
	*ret_said = caught_end(w->desk, c);
	return status;
}

static inline char *text_of(struct desk *t, const char *name)
{
	FILE *f = fopen(desk_path(t, name), "re");
	char *text = arena_alloc(t->a, 65536);

	if (!f)
		fail_msg("%s is not there", name);
	text[fread(text, 1, 65535, f)] = '\0';
	(void)fclose(f);
	return text;
}
