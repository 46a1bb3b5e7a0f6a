#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "build.h"
#include "nearest.h"
#include "temp.h"
#include "verb.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static const struct {
	const char *name;
	verb_run *run;
	const char *arguments, *sentence;
} verbs[] = {
	{"build", verb_build,
		"[--board B] [--alias FILE] [--format F,F…] [--size S] [--output DIR] [--name N]\n"
		"               [--key FILE.key] [--version V] [--security-version N]\n"
		"               [--both-slots]\n"
		"               [--pull] [--locked] [--authfile FILE] [--no-sbom]\n"
		"               [--sbom-output FILE] [--quiet] [--json] "
		"CONFIG.yml…",
		"make images in the formats F; by default N-kernel, N-initrd.img and N-cmdline"},
	{"run", verb_run_image,
		"[--board B] [--format F] [--size S] [--alias FILE] [--expect TEXT] [--timeout S]\n"
		"                  [--forward [NAME=]HOST:GUEST]… [--output DIR] [--name N] "
		"[--console FILE] [--print-command] "
		"CONFIG.yml…|N|FILE",
		"boot it in QEMU; built first when it is YAML"},
	{"lock", verb_lock, "[--board B] [--alias FILE] [--authfile FILE] [--json] CONFIG.yml…",
		"write CONFIG.lock: which images it means, by digest"},
	{"show", verb_show, "[--json] IMAGE", "list what is in an image, by component and size"},
	{"diff", verb_diff, "[--json] IMAGE IMAGE",
		"list what is different between two; status 0: nothing, 1: something, 2: trouble"},
	{"check", verb_check,
		"[--images] [--pull] [--locked] [--authfile FILE] [--board B] [--alias FILE]\n"
		"               [--json] CONFIG.yml…",
		"say what is wrong with the files"},
	{"keygen", verb_keygen, "NAME", "make the pair of keys NAME.key and NAME.pub"},
	{"sign", verb_sign, "--key FILE.key FILE…",
		"sign slots anew; of any other file make FILE.minisig"},
	{"verify", verb_verify,
		"--key FILE.pub [--board B] [--security-version N] [--no-boot-files]\n"
		"               [--json] IMAGE|SLOT…",
		"check signature, manifest, boot files and every block of slots"},
	{"pkg", verb_pkg, "[--board B] DIR…", "make components into images of the local layout"},
	{"fetch", verb_fetch, "[--arch A] [--suite S] PACKAGE…",
		"bring pinned Debian packages into the cache, print their files"},
	{"unpack", verb_unpack, "[--arch A] [--suite S] PACKAGE… DIR",
		"unpack pinned Debian packages into a folder"},
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_verb(size_t i)
{
	(void)printf("  nanny %-6s %s\n               %s\n", verbs[i].name, verbs[i].arguments,
		verbs[i].sentence);
}

static void print_help(void)
{
	(void)printf("usage: nanny [--root DIR] VERB …\n\n");
	for (size_t i = 0; i < N_VERBS; i++)
		print_verb(i);
	(void)printf("\nBoards are folders of boards/; without --board it is %s.\n"
		     "Exit status: 0 good, 1 failed, 2 bad input or usage.\n",
		DEFAULT_BOARD);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static int unknown_verb(const char *name)
{
	struct nearest near = nearest_to(name);
	const char *best;

	for (size_t i = 0; i < N_VERBS; i++)
		nearest_try(&near, verbs[i].name);
	best = nearest_best(&near);
	if (best)
		return verb_usage(NULL, "there is no verb '%s': did you mean '%s'?", name, best);
	return verb_usage(NULL, "there is no verb '%s'", name);
}

static int run_verb(struct verb_env *env, int argc, char **argv)
{
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(argv[0], verbs[i].name) != 0)
			continue;
		if (asks_for_help(argc, argv)) {
			print_verb(i);
			return EXIT_GOOD;
		}
		optind = 0; /* getopt starts anew on the verb's own arguments */
		return verbs[i].run(env, argc, argv);
	}
	return unknown_verb(argv[0]);
}

/* --root, else $NANNY_ROOT, else the folder above the program's. */
static int find_root(struct verb_env *env, const char *given)
{
	const char *variable = getenv("NANNY_ROOT");
	char *program = realpath("/proc/self/exe", NULL);
	char *root;

	if (!program)
		return say_error("/proc/self/exe: %s", strerror(errno));
	env->program = arena_strdup(env->arena, program);
	if (!given && variable && *variable)
		given = variable;
	if (!given)
		given = arena_printf(env->arena, "%s/..", dirname(program));
	root = realpath(given, NULL);
	free(program);
	if (!root)
		return say_error("%s: %s", given, strerror(errno));
	env->root = arena_strdup(env->arena, root);
	free(root);
	return 0;
}

/* The exit status, or -1 to go on with argv[optind]. */
static int parse(int argc, char **argv, const char **ret_root)
{
	static const struct option names[] = {
		{"root", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = verb_parent_option(argc, argv, names)) >= 0) {
		if (c == 'r') {
			*ret_root = optarg;
		} else if (c == 'h') {
			print_help();
			return EXIT_GOOD;
		} else if (c == 'v') {
			(void)printf("nanny %s\n", VERSION);
			return EXIT_GOOD;
		} else {
			return EXIT_BAD_INPUT;
		}
	}
	return optind < argc ? -1 : verb_usage(NULL, "name a verb");
}

/* Results that nobody got are none. */
static int close_output(int status)
{
	if (fclose(stdout) == 0 || errno == EBADF || status != EXIT_GOOD)
		return status;
	(void)say_error("cannot write the output: %s", strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct verb_env env = {0};
	const char *root = NULL;
	int status;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (sodium_init() < 0)
		return say_error("libsodium cannot be used") < 0;
	status = parse(argc, argv, &root);
	if (status >= 0)
		return status;
	env.arena = arena_new();
	temp_catch();
	status = find_root(&env, root) < 0 ? EXIT_FAILED
					   : run_verb(&env, argc - optind, argv + optind);
	arena_free(env.arena);
	return close_output(status);
}
