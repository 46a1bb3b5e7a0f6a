#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "../lib/text.h"
#include "alias.h"
#include "cache.h"
#include "format.h"
#include "io.h"
#include "loaders.h"
#include "sbom.h"
#include "system.h"
#include "temp.h"

/* One build on its way. */
struct job {
	struct verb_env *env;
	struct arena *arena;
	const struct build *b;
	struct image_ctx ctx;
	struct config *config;
	struct kernel kernel;
	struct layout layout;
	const char *format_words; /* as said, or the board's default */
	struct format_list formats;
	off_t size;
	int64_t security;
	const char **path; /* of each output, absolute */
};

const char *build_base(struct arena *a, const struct build *b)
{
	const char *file = b->configs[0];
	const char *slash = strrchr(file, '/');
	char *name = arena_strdup(a, slash ? slash + 1 : file);
	char *dot = strrchr(name, '.');

	if (dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0))
		*dot = '\0';
	return arena_printf(a, "%s/%s", b->output, b->name ? b->name : name);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += n)
		if ((p == text || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

/* The board's part first, so that the YAML can overrule it; the console last: it is /dev/console.
 */
static const char *make_cmdline(struct job *j)
{
	const struct board *b = j->ctx.board;
	const char *own = j->config->kernel.cmdline;
	const char *console = arena_printf(j->arena, "console=%s", b->console);
	const char *line = b->cmdline;

	if (*own)
		line = *line ? arena_printf(j->arena, "%s %s", line, own) : own;
	if (!has_word(line, console))
		line = *line ? arena_printf(j->arena, "%s %s", line, console) : console;
	return line;
}

/* Beside the outputs, so that a part can become one by taking its name. */
static int make_work(struct job *j, struct product *p)
{
	int r = io_make_dirs(j->b->output);

	if (r < 0)
		return say_error("%s: %s", j->b->output, strerror(-r));
	p->work = arena_printf(j->arena, "%s.XXXXXX", build_base(j->arena, j->b));
	if (mkdtemp(p->work)) {
		temp_add(p->work);
		return 0;
	}
	r = say_error("cannot make a folder in %s: %s", j->b->output, strerror(errno));
	p->work = NULL;
	return r;
}

/* All are complete before the first takes its name. */
static int write_parts(struct job *j, struct product *p)
{
	const struct format_list *l = &j->formats;

	if (make_work(j, p) < 0)
		return -1;
	for (size_t i = 0; i < l->n_outputs; i++)
		if (!product_part(p, l->output[i]->make))
			return -1;
	for (size_t i = 0; i < l->n_outputs; i++)
		if (product_settle(p, l->output[i]->make, j->path[i]) < 0)
			return -1;
	for (size_t i = 0; i < l->n_outputs; i++)
		if (product_publish(p, l->output[i]->make, j->path[i]) < 0)
			return -1;
	return 0;
}

static int write_outputs(struct job *j)
{
	struct product p = {
		.arena = j->arena,
		.ctx = &j->ctx,
		.layout = &j->layout,
		.kernel = &j->kernel,
		.cmdline = make_cmdline(j),
		.size = j->size,
		.key_file = j->b->key,
		.version = j->b->version,
		.security = (uint64_t)j->security,
		.both_slots = j->b->both_slots,
	};
	bool is_new = access(j->b->output, F_OK) < 0;
	int r = product_date(&j->ctx, &p.date);

	if (r >= 0)
		r = write_parts(j, &p);
	product_clear(&p);
	if (r < 0 && is_new)
		(void)rmdir(j->b->output); /* as it was: not there */
	return r;
}

static int read_inputs(struct job *j, struct stamp *stamp)
{
	struct verb_env *env = j->env;
	int64_t date;
	int r;

	stamp_input(stamp, env->program);
	j->config = config_load(j->arena, j->ctx.diag, j->b->configs, j->b->n_configs);
	r = verb_images(env, j->ctx.diag, j->b->board, &j->ctx);
	if (r < 0 || !j->config)
		return -1;
	format_check(&j->formats, j->ctx.board, j->size, j->ctx.diag);
	j->ctx.stamp = stamp;
	if (images_apply(&j->b->images, &j->ctx, j->b->configs[0]) < 0 ||
		product_date(&j->ctx, &date) < 0)
		return -1;
	for (size_t i = 0; i < j->config->n_docs; i++)
		stamp_input(stamp, j->config->paths[i]);
	stamp_input(stamp, j->ctx.lock->file);
	if (j->b->key)
		stamp_input(stamp, j->b->key);
	stamp_input(stamp,
		arena_printf(j->arena, "%s/boards/%s/board.yml", env->root, j->ctx.board->name));
	if (j->b->alias && alias_load(&j->ctx, j->b->alias) < 0)
		return -1;
	if (loaders_find(&j->ctx, &j->formats) < 0)
		return -1;
	j->ctx.has_sbom = !j->b->no_sbom;
	if (j->ctx.has_sbom || j->b->sbom_output)
		j->ctx.sbom = sbom_new(j->arena);
	return 0;
}

static int write_text(struct job *j, const char *path, const char *text)
{
	char *tmp;
	int fd = cache_begin(j->arena, path, &tmp), r;

	if (fd < 0)
		return -1;
	r = io_write(fd, text, strlen(text));
	if (r >= 0)
		return cache_commit(fd, tmp, path) < 0 ? -1 : 0;
	cache_abort(fd, tmp);
	return say_error("%s: %s", path, strerror(-r));
}

static int make(struct job *j, struct stamp *stamp)
{
	int kernel, layout;

	if (read_inputs(j, stamp) < 0)
		return -1;
	/* Both, so that one run shows what is wrong with either. */
	kernel = kernel_get(&j->ctx, j->config, &j->kernel);
	if (kernel < 0) {
		kernel_free(&j->kernel);
		j->kernel.modules = tree_new();
		j->kernel.order = "";
	}
	layout = system_make(&j->ctx, j->config, &j->kernel, &j->layout);
	if (kernel < 0 || layout < 0 || diag_count(j->ctx.diag) > 0)
		return -1;
	if (j->b->sbom_output && write_text(j, j->b->sbom_output, j->layout.sbom) < 0)
		return -1;
	if (write_outputs(j) < 0)
		return -1;
	return j->config->has_git_tags ? 0 : stamp_save(stamp, j->path, j->formats.n_outputs);
}

static void print_json(const struct job *j, bool is_fresh)
{
	json_t *all = json_object();

	for (size_t i = 0; i < j->formats.n_outputs; i++) {
		struct stat st = {0};

		(void)stat(j->path[i], &st);
		(void)json_object_set_new(all, j->formats.output[i]->title,
			json_pack(
				"{s:s, s:I}", "file", j->path[i], "size", (json_int_t)st.st_size));
	}
	(void)json_object_set_new(all, "up_to_date", json_boolean(is_fresh));
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

/* A disk has room for what comes later: a file with holes. */
static void print_size(const char *path, const struct stat *st)
{
	const intmax_t size = st->st_size, used = (intmax_t)st->st_blocks * 512;

	if (used < size - size / 8)
		say_progress("%s: %jd.%jd MB, of which %jd.%jd are not empty", path, size / 1000000,
			size / 100000 % 10, used / 1000000, used / 100000 % 10);
	else
		say_progress("%s: %jd.%jd MB", path, size / 1000000, size / 100000 % 10);
}

static void print_text(const struct job *j, bool is_fresh)
{
	if (is_fresh) {
		say_progress("%s is up to date", build_base(j->arena, j->b));
		return;
	}
	for (size_t i = 0; i < j->formats.n_outputs; i++) {
		struct stat st = {0};

		/* A command line is not worth a line. */
		if (stat(j->path[i], &st) == 0 && st.st_size >= 100000)
			print_size(j->path[i], &st);
	}
}

static void print_summary(const struct job *j, bool is_fresh)
{
	if (j->b->json)
		print_json(j, is_fresh);
	else if (!j->b->is_silent)
		print_text(j, is_fresh);
}

/* What decides the result besides the content of files; names absolute, the folder may be another.
 */
static const char *stamp_key(struct job *j)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *here = realpath(".", NULL);
	const char *key = arena_printf(j->arena,
		"build\n%s\n%s\n%s\n%s\n%s\n%s\n%jd\n%s\n%s\n%s\n%jd\n", here ? here : "",
		j->env->root, j->b->board ? j->b->board : DEFAULT_BOARD, build_base(j->arena, j->b),
		epoch ? epoch : "", j->format_words, (intmax_t)j->size,
		j->b->alias ? j->b->alias : "", j->b->key ? j->b->key : "",
		j->b->version ? j->b->version : "", (intmax_t)j->security);

	free(here);
	if (j->b->images.is_locked)
		key = arena_printf(j->arena, "%s--locked\n", key);
	if (j->b->both_slots)
		key = arena_printf(j->arena, "%s--both-slots\n", key);
	if (j->b->no_sbom)
		key = arena_printf(j->arena, "%s--no-sbom\n", key);
	for (size_t i = 0; i < j->b->n_configs; i++)
		key = arena_printf(j->arena, "%s%s\n", key, j->b->configs[i]);
	return key;
}

/* The files by absolute names, as the stamp needs them. */
static void name_outputs(struct job *j)
{
	const char *base = build_base(j->arena, j->b);
	char *here = base[0] == '/' ? NULL : realpath(".", NULL);

	j->path = arena_alloc(j->arena, j->formats.n_outputs * sizeof(*j->path));
	for (size_t i = 0; i < j->formats.n_outputs; i++) {
		const char *suffix = j->formats.output[i]->suffix;

		j->path[i] = here ? arena_printf(j->arena, "%s/%s%s", here,
					    strncmp(base, "./", 2) == 0 ? base + 2 : base, suffix)
				  : arena_printf(j->arena, "%s%s", base, suffix);
	}
	free(here);
}

const char *build_formats(struct verb_env *env, const struct build *b)
{
	struct diag *d = diag_new();
	const struct board *board;

	if (!b->formats) {
		/* One that is wrong is said so when the build reads it. */
		board = board_load(env->arena, d, arena_printf(env->arena, "%s/boards", env->root),
			b->board ? b->board : DEFAULT_BOARD);
		diag_free(d);
		return board && board->boot.how ? FORMAT_DISK : FORMAT_DEFAULT;
	}
	diag_free(d);
	return b->formats;
}

int build_system(struct verb_env *env, const struct build *b)
{
	struct job j = {.env = env, .arena = env->arena, .b = b};
	struct stamp *stamp;
	int r;

	j.format_words = build_formats(env, b);
	r = format_parse(j.arena, j.format_words, &j.formats);
	if (r == 0 && b->size)
		r = format_parse_size(b->size, &j.size);
	if (r == 0 && b->security && !text_number(b->security, 0, INT64_MAX / 2, &j.security))
		r = verb_usage("build", "--security-version is a number, not '%s'", b->security);
	if (r != 0)
		return r;
	name_outputs(&j);
	stamp = stamp_new(j.arena, stamp_key(&j));
	if (!b->images.is_pull && !b->sbom_output && stamp_is_fresh(stamp)) {
		print_summary(&j, true);
		return EXIT_GOOD;
	}
	j.ctx.diag = diag_new();
	r = make(&j, stamp);
	system_free(&j.layout);
	kernel_free(&j.kernel);
	if (r >= 0)
		print_summary(&j, false);
	r = verb_finish(j.ctx.diag, b->json, r < 0 ? EXIT_FAILED : EXIT_GOOD);
	diag_free(j.ctx.diag);
	return r;
}

int verb_build(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {
		{"board", required_argument, NULL, 'b'},
		{"output", required_argument, NULL, 'o'},
		{"name", required_argument, NULL, 'n'},
		{"format", required_argument, NULL, 'f'},
		{"size", required_argument, NULL, 's'},
		{"alias", required_argument, NULL, 'a'},
		{"key", required_argument, NULL, 'k'},
		{"version", required_argument, NULL, 'v'},
		{"security-version", required_argument, NULL, 'S'},
		{"both-slots", no_argument, NULL, '2'},
		{"quiet", no_argument, NULL, 'q'},
		{"json", no_argument, NULL, 'j'},
		IMAGES_OPTIONS,
		{"no-sbom", no_argument, NULL, 'N'},
		{"sbom-output", required_argument, NULL, 'B'},
		{NULL, 0, NULL, 0},
	};
	struct build b = {.output = "."};
	int c;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c == 'b')
			b.board = optarg;
		else if (c == 'o')
			b.output = optarg;
		else if (c == 'n')
			b.name = optarg;
		else if (c == 'f')
			b.formats = optarg;
		else if (c == 's')
			b.size = optarg;
		else if (c == 'a')
			b.alias = optarg;
		else if (c == 'k')
			b.key = optarg;
		else if (c == 'v')
			b.version = optarg;
		else if (c == 'S')
			b.security = optarg;
		else if (c == '2')
			b.both_slots = true;
		else if (c == 'q')
			say_quiet();
		else if (c == 'j')
			b.json = true;
		else if (c == 'N')
			b.no_sbom = true;
		else if (c == 'B')
			b.sbom_output = optarg;
		else if (!images_option(&b.images, c, optarg))
			return EXIT_BAD_INPUT;
	}
	if (optind == argc)
		return verb_usage(argv[0], "name a YAML file");
	if (b.name && !*b.name)
		return verb_usage(argv[0], "--name is empty");
	b.configs = (const char *const *)argv + optind;
	b.n_configs = (size_t)(argc - optind);
	return build_system(env, &b);
}
