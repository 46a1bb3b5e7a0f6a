/* What several verbs share (verb.h), and the small verbs: pkg, fetch, unpack. */
#include "verb.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "deb.h"
#include "disk.h"
#include "io.h"
#include "nearest.h"
#include "pkg.h"

int verb_usage(const char *verb, const char *fmt, ...)
{
	va_list ap;
	bool is_question = fmt[0] && fmt[strlen(fmt) - 1] == '?';

	(void)fprintf(stderr, "nanny%s%s: ", verb ? " " : "", verb ? verb : "");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s\n", is_question ? "" : "; `nanny --help` shows how");
	return EXIT_BAD_INPUT;
}

/* WORD: "--formt", "--formt=tar", or a known one with a value that it does not take. */
static void wrong_option(const char *verb, const char *word, const struct option *names)
{
	size_t dashes = strspn(word, "-"), len = strcspn(word + dashes, "=");
	char name[48];
	struct nearest near;
	const char *best;

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, word + dashes);
	near = nearest_to(name);
	for (; names->name; names++)
		nearest_try(&near, names->name);
	best = nearest_best(&near);
	if (best && strcmp(best, name) == 0)
		(void)verb_usage(verb, "--%s takes no value", name);
	else if (best)
		(void)verb_usage(verb, "there is no option '%.*s': did you mean '--%s'?",
			(int)(dashes + len), word, best);
	else
		(void)verb_usage(verb, "there is no option '%.*s'", (int)(dashes + len), word);
}

static int next_option(
	const char *verb, int argc, char **argv, const char *how, const struct option *names)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, how, names, NULL);
	if (c == '?')
		wrong_option(verb, argv[optind - 1], names);
	if (c != ':')
		return c;
	(void)verb_usage(verb, "%s wants a value", argv[optind - 1]);
	return '?';
}

int verb_option(int argc, char **argv, const struct option *names)
{
	return next_option(argv[0], argc, argv, ":", names);
}

int verb_parent_option(int argc, char **argv, const struct option *names)
{
	return next_option(NULL, argc, argv, "+:", names);
}

static struct lock *load_lock(struct verb_env *env, struct diag *d)
{
	return lock_load(env->arena, d, arena_printf(env->arena, "%s/packages.lock", env->root));
}

int verb_images(struct verb_env *env, struct diag *d, const char *board, struct image_ctx *ret)
{
	const char *boards = arena_printf(env->arena, "%s/boards", env->root);
	int before = diag_count(d);

	*ret = (struct image_ctx){
		.arena = env->arena,
		.diag = d,
		.root = env->root,
		.board = board_load(env->arena, d, boards, board ? board : DEFAULT_BOARD),
		.lock = load_lock(env, d),
	};
	ret->components = component_find(env->arena, d, env->root, &ret->n_components);
	return ret->board && ret->lock && diag_count(d) == before ? 0 : -1;
}

int verb_finish(struct diag *d, bool json, int status)
{
	if (diag_count(d) == 0)
		return status;
	if (json)
		diag_print_json(d);
	else
		diag_print(d);
	return EXIT_BAD_INPUT;
}

static int build_components(struct image_ctx *ctx, char **dirs, int n)
{
	int r = 0;

	for (int i = 0; i < n; i++) {
		struct component *c = component_load(ctx->arena, ctx->diag, dirs[i]);

		if (!c || pkg_build(ctx, c) < 0)
			r = -1;
	}
	return r;
}

int verb_pkg(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {
		{"board", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0}};
	const char *board = NULL;
	struct diag *d;
	struct image_ctx ctx;
	int c, r;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c != 'b')
			return EXIT_BAD_INPUT;
		board = optarg;
	}
	if (optind == argc)
		return verb_usage(argv[0], "name a component's folder");
	d = diag_new();
	r = verb_images(env, d, board, &ctx);
	if (r >= 0)
		r = build_components(&ctx, argv + optind, argc - optind);
	r = verb_finish(d, false, r < 0 ? EXIT_FAILED : EXIT_GOOD);
	diag_free(d);
	return r;
}

struct debs {
	struct verb_env *env;
	const char *arch, *suite; /* suite NULL: the first that the lock has */
	struct lock *lock;
};

/* The packages' --arch, --suite and the lock; -1, or the exit status to end with. */
static int debs_open(struct debs *q, struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {{"arch", required_argument, NULL, 'a'},
		{"suite", required_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
	struct diag *d;
	int c, r;

	*q = (struct debs){.env = env, .arch = deb_host_arch()};
	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c != 'a' && c != 's')
			return EXIT_BAD_INPUT;
		*(c == 'a' ? &q->arch : &q->suite) = optarg;
	}
	if (optind == argc)
		return verb_usage(argv[0], "name a package");
	d = diag_new();
	q->lock = load_lock(env, d);
	r = verb_finish(d, false, q->lock ? -1 : EXIT_FAILED);
	diag_free(d);
	return r;
}

/* What is done with a package's file; 0, or -1 after say_error(). */
typedef int use_file(const char *file, struct tree *t);

/* A source package and a kernel are several files, a line of the lock each. */
static int use_files(const struct debs *q, const char *name, use_file *use, struct tree *t)
{
	const struct lock_entry *e = lock_next(q->lock, NULL, name, q->arch, q->suite);
	int r = 0;

	if (!e)
		return say_error("%s has no package '%s' for %s%s%s", q->lock->file, name, q->arch,
			q->suite ? ", from the suite " : "", q->suite ? q->suite : "");
	for (; r >= 0 && e; e = lock_next(q->lock, e, name, q->arch, NULL)) {
		const char *file = deb_fetch(q->env->arena, e);

		r = file ? use(file, t) : -1;
	}
	return r;
}

static int print_file(const char *file, struct tree *t)
{
	(void)t;
	return puts(file) < 0 ? say_error("cannot write: %s", strerror(errno)) : 0;
}

int verb_fetch(struct verb_env *env, int argc, char **argv)
{
	struct debs q;
	int status = debs_open(&q, env, argc, argv);

	if (status >= 0)
		return status;
	for (int i = optind; i < argc; i++) {
		if (use_files(&q, argv[i], print_file, NULL) < 0)
			return EXIT_FAILED;
	}
	return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

static const char *pick_all(void *ctx, const char *path)
{
	(void)ctx;
	return path;
}

static int unpack_file(const char *file, struct tree *t)
{
	return deb_extract(file, t, pick_all, NULL);
}

int verb_unpack(struct verb_env *env, int argc, char **argv)
{
	struct debs q;
	struct tree *t;
	int status = debs_open(&q, env, argc, argv), r = 0;

	if (status >= 0)
		return status;
	if (argc - optind < 2)
		return verb_usage(argv[0], "name packages and the folder");
	t = tree_new();
	for (int i = optind; r == 0 && i < argc - 1; i++)
		r = use_files(&q, argv[i], unpack_file, t);
	if (r >= 0)
		r = disk_write(t, argv[argc - 1]);
	tree_free(t);
	return r < 0 ? EXIT_FAILED : EXIT_GOOD;
}
