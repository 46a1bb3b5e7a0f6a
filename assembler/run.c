/*
 * nanny run: a system in QEMU.  With --expect its console is read here and QEMU is ended by us, and
 * by its process id alone; without, the terminal is QEMU's and its exit status is ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "card.h"
#include "console.h"
#include "io.h"
#include "qemu.h"

#define FORWARD_MAX 16

struct run {
	struct verb_env *env;
	struct build build;
	struct console_wait wait; /* text NULL: without --expect */
	const struct format *format;
	const char *console;
	bool print_only;
	struct forward forward[FORWARD_MAX];
	size_t n_forward;
};

enum {
	OPT_BOARD,
	OPT_OUTPUT,
	OPT_NAME,
	OPT_ALIAS,
	OPT_FORMAT,
	OPT_SIZE,
	OPT_EXPECT,
	OPT_TIMEOUT,
	OPT_FORWARD,
	OPT_CONSOLE,
	OPT_PRINT,
};

static const struct option names[] = {
	{"board", required_argument, NULL, OPT_BOARD},
	{"output", required_argument, NULL, OPT_OUTPUT},
	{"name", required_argument, NULL, OPT_NAME},
	{"alias", required_argument, NULL, OPT_ALIAS},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"size", required_argument, NULL, OPT_SIZE},
	{"expect", required_argument, NULL, OPT_EXPECT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"forward", required_argument, NULL, OPT_FORWARD},
	{"console", required_argument, NULL, OPT_CONSOLE},
	{"print-command", no_argument, NULL, OPT_PRINT},
	{NULL, 0, NULL, 0},
};

static int set_timeout(struct run *q, const char *text)
{
	char *end;
	long s;

	errno = 0;
	s = strtol(text, &end, 10);
	if (errno || end == text || *end || s < 1 || s > INT_MAX / 1000)
		return verb_usage("run", "--timeout is a number of seconds, not '%s'", text);
	q->wait.timeout_ms = (int)s * 1000;
	return 0;
}

static int add_forward(struct run *q, const char *text)
{
	if (q->n_forward == FORWARD_MAX)
		return verb_usage("run", "too many --forward");
	if (forward_parse(q->env->arena, text, &q->forward[q->n_forward]) < 0)
		return verb_usage("run", "--forward is [NAME=]HOST:GUEST, not '%s'", text);
	q->n_forward++;
	return 0;
}

static int set_format(struct run *q, const char *name)
{
	struct format_list l;
	int status = format_parse(q->env->arena, name, &l);

	if (status != 0)
		return status;
	if (l.n_formats != 1 || l.format[0]->boot == BOOT_NONE)
		return verb_usage("run", "--format is one that QEMU can start, not '%s'", name);
	q->format = l.format[0];
	q->build.formats = name;
	return 0;
}

/* 0, or the exit status. */
static int set_option(struct run *q, int c)
{
	switch (c) {
	case OPT_BOARD:
		q->build.board = optarg;
		return 0;
	case OPT_OUTPUT:
		q->build.output = optarg;
		return 0;
	case OPT_NAME:
		q->build.name = optarg;
		return 0;
	case OPT_ALIAS:
		q->build.alias = optarg;
		return 0;
	case OPT_FORMAT:
		return set_format(q, optarg);
	case OPT_SIZE:
		q->build.size = optarg;
		return 0;
	case OPT_EXPECT:
		q->wait.text = optarg;
		return *optarg ? 0 : verb_usage("run", "--expect needs a text");
	case OPT_TIMEOUT:
		return set_timeout(q, optarg);
	case OPT_FORWARD:
		return add_forward(q, optarg);
	case OPT_CONSOLE:
		q->console = optarg;
		return 0;
	case OPT_PRINT:
		q->print_only = true;
		return 0;
	default:
		return EXIT_BAD_INPUT;
	}
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

/*
 * A board that starts from a disk is started from one, and a system in QEMU has more than on the
 * device: what the board says QEMU wants.
 */
static void add_wishes_of_board(struct run *q)
{
	struct arena *a = q->env->arena;
	struct build *b = &q->build;
	struct diag *d = diag_new();
	/* A board that is wrong is said so by the build. */
	const struct board *board = board_load(a, d, arena_printf(a, "%s/boards", q->env->root),
		b->board ? b->board : DEFAULT_BOARD);
	const char **configs = arena_alloc(a, (b->n_configs + 1) * sizeof(*configs));

	diag_free(d);
	if (!board)
		return;
	if (!q->format && board->boot.how)
		q->format = format_find(FORMAT_DISK);
	if (!board->qemu.system)
		return;
	memcpy(configs, b->configs, b->n_configs * sizeof(*configs));
	configs[b->n_configs++] = arena_printf(a, "%s/boards/%s", q->env->root, board->qemu.system);
	b->configs = configs;
}

/* Built when it is YAML; *ret_base: what the files begin with.  A file by its name has its format.
 */
static int prepare(struct run *q, const char **ret_base)
{
	struct build *b = &q->build;

	if (!is_yaml(b->configs[0])) {
		*ret_base = b->configs[0];
		if (!q->format && access(b->configs[0], F_OK) == 0)
			q->format = format_of_file(q->env->arena, b->configs[0], ret_base);
		return b->n_configs == 1 ? EXIT_GOOD
					 : verb_usage("run", "name YAML files, or one N alone");
	}
	if (!b->output)
		b->output = arena_printf(q->env->arena, "%s/build/%s", q->env->root,
			b->board ? b->board : DEFAULT_BOARD);
	*ret_base = build_base(q->env->arena, b);
	add_wishes_of_board(q);
	return build_system(q->env, b);
}

/* NULL after say_error(). */
static char *read_cmdline(struct arena *a, const char *base)
{
	const char *path = arena_printf(a, "%s-cmdline", base);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, 4097);
	ssize_t n = fd >= 0 ? read(fd, text, 4096) : -1;

	if (n < 0 && errno == ENOENT)
		(void)say_error("%s: neither a YAML file nor what a build made: there is no %s",
			base, path);
	else if (n < 0)
		(void)say_error("%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	if (n < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static const struct board *load_board(struct run *q, int *ret_status)
{
	struct arena *a = q->env->arena;
	struct diag *d = diag_new();
	const char *name = q->build.board ? q->build.board : DEFAULT_BOARD;
	const struct board *b = board_load(a, d, arena_printf(a, "%s/boards", q->env->root), name);

	*ret_status = verb_finish(d, false, EXIT_GOOD);
	diag_free(d);
	return *ret_status == EXIT_GOOD ? b : NULL;
}

static int choose_ports(struct run *q)
{
	for (size_t i = 0; i < q->n_forward; i++) {
		struct forward *f = &q->forward[i];
		int r = forward_choose(f);

		if (r < 0)
			return say_error("no free port: %s", strerror(-r));
		if (q->print_only)
			continue;
		if (f->name)
			(void)printf("%s: http://127.0.0.1:%d/\n", f->name, f->host);
		else
			(void)printf("127.0.0.1:%d is the guest's port %d\n", f->host, f->guest);
	}
	return fflush(stdout) == 0 ? 0 : say_error("stdout: %s", strerror(errno));
}

/* As a shell would take it. */
static void print_command(const char *const argv[])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./,=:+@%";

	for (size_t i = 0; argv[i]; i++) {
		const char *sep = argv[i + 1] ? " " : "\n";

		if (argv[i][0] && argv[i][strspn(argv[i], plain)] == '\0') {
			(void)printf("%s%s", argv[i], sep);
			continue;
		}
		(void)putchar('\'');
		for (const char *p = argv[i]; *p; p++)
			(void)printf(*p == '\'' ? "'\\''" : "%c", *p);
		(void)printf("'%s", sep);
	}
}

/* QEMU takes this process's place: its terminal, its signals, its exit status. */
static int become_qemu(const char *const argv[])
{
	if (isatty(STDIN_FILENO))
		(void)fprintf(stderr, "leave QEMU: Ctrl-A x\n");
	(void)execvp(argv[0], (char *const *)argv);
	(void)say_error("%s: %s", argv[0], strerror(errno));
	return EXIT_FAILED;
}

/* What the build made, as QEMU is given it; 0, or -1 after say_error(). */
static int hand_over(struct run *q, struct qemu *m)
{
	struct arena *a = q->env->arena;

	m->format = q->format;
	if (!m->format || m->format->boot == BOOT_INITRD || m->format->boot == BOOT_ROOT) {
		m->cmdline = read_cmdline(a, m->base);
		return m->cmdline ? 0 : -1;
	}
	if (m->format->boot != BOOT_CARD)
		return 0;
	m->card = arena_printf(a, "%s-card.qcow2", m->base);
	if (m->board->qemu.kernel)
		m->kernel = arena_printf(a, "%s-%s", m->base, m->board->qemu.kernel);
	return card_prepare(a, m->board, arena_printf(a, "%s.img", m->base), m->card, m->kernel);
}

static int start(struct run *q, const char *base)
{
	struct arena *a = q->env->arena;
	struct qemu m = {.base = base, .forward = q->forward, .n_forward = q->n_forward};
	const char **argv;
	int status;

	m.board = load_board(q, &status);
	if (!m.board)
		return status;
	if (hand_over(q, &m) < 0 || choose_ports(q) < 0)
		return EXIT_FAILED;
	m.is_terminal = !q->wait.text;
	m.log = q->console;
	argv = qemu_command(a, &m);
	if (!argv)
		return EXIT_FAILED;
	if (q->print_only) {
		print_command(argv);
		return EXIT_GOOD;
	}
	if (!q->wait.text)
		return become_qemu(argv);
	q->wait.log = q->console;
	return console_run(argv, &q->wait) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

int verb_run_image(struct verb_env *env, int argc, char **argv)
{
	struct run q = {.env = env, .wait = {.timeout_ms = 120000}};
	const char *base;
	int c, status;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		status = set_option(&q, c);
		if (status != 0)
			return status;
	}
	if (optind == argc)
		return verb_usage(argv[0], "name a YAML file, or what a build made");
	q.build.configs = (const char *const *)argv + optind;
	q.build.n_configs = (size_t)(argc - optind);
	status = prepare(&q, &base);
	return status == EXIT_GOOD ? start(&q, base) : status;
}
