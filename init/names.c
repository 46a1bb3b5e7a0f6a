#include "names.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "../lib/verb.h"
#include "nannyctl_ask.h"
#include "runtime.h"

enum {
	NAME_BYTES = 160,
};

static const struct options plain = {.socket = CONTROL_SOCKET};

static int request(enum verb v, const char *name)
{
	char line[CONTROL_REQUEST_MAX];

	if (strlen(name) > NAME_BYTES || strpbrk(name, " \t\r\n"))
		return say(EXIT_USAGE, name, "that can be no container's name");
	snprintf(line, sizeof(line), "%s%s%s\n", verb_rows[v].name, *name ? " " : "", name);
	return run_request(&plain, line, NULL, NULL);
}

/*
 * Past the options at *i, of one dash or two: those among `with` take the next word, unless they
 * have theirs after '='.
 */
static void skip_options(int argc, char **argv, int *i, const char *const *with)
{
	for (; *i < argc && argv[*i][0] == '-' && argv[*i][1]; (*i)++) {
		const char *option = argv[*i] + (argv[*i][1] == '-' ? 2 : 1);

		for (const char *const *w = with; *w; w++) {
			if (strcmp(option, *w) == 0) {
				(*i)++;
				break;
			}
		}
	}
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; word && *words; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

/* ctr */

static bool is_service(json_t *o)
{
	return strcmp(string_of(o, "kind"), "service") == 0;
}

static void take_task(void *ctx, json_t *o)
{
	json_t *pid = json_object_get(o, "pid");

	(void)ctx;
	if (is_service(o))
		printf("%-24s %-8lld %s\n", string_of(o, "name"),
			(long long)json_integer_value(pid), pid ? "RUNNING" : "STOPPED");
}

static void take_container(void *ctx, json_t *o)
{
	(void)ctx;
	if (is_service(o))
		printf("%-24s %-8s %s\n", string_of(o, "name"), "-", "runc");
}

static void take_name(void *ctx, json_t *o)
{
	(void)ctx;
	if (is_service(o))
		printf("%s\n", string_of(o, "name"));
}

static int list(bool tasks, bool quiet)
{
	if (quiet)
		return run_request(&plain, "status\n", take_name, NULL);
	if (tasks)
		printf("%-24s %-8s %s\n", "TASK", "PID", "STATUS");
	else
		printf("%-24s %-8s %s\n", "CONTAINER", "IMAGE", "RUNTIME");
	return run_request(&plain, "status\n", tasks ? take_task : take_container, NULL);
}

/* The runtime takes the place of this process, with its terminal. */
static int become_runtime(const char **argv)
{
	for (size_t i = 0; i < runtime_paths_n; i++) {
		argv[0] = runtime_paths[i];
		execv(runtime_paths[i], (char **)argv);
		if (errno != ENOENT)
			return say(EXIT_FAILED, runtime_paths[i], strerror(errno));
	}
	return say(EXIT_FAILED,
		"there is no runtime here; its program and libraries have to be "
		"bound into this container",
		NULL);
}

/* Those of ctr's options that runc has, too; what follows the first word that is none is passed on.
 */
static int task_exec(int argc, char **argv, int i)
{
	static const char *const with[] = {"--exec-id", "--fifo-dir", "--log-uri", NULL};
	static const char *const passed[] = {"--cwd", "--user", NULL};
	static const char *const tty[] = {"-t", "--tty", NULL};
	const char *out[64] = {NULL, "--root", RUNTIME_STATE, "exec"};
	int n = 4;

	for (; i < argc && argv[i][0] == '-' && n < 16; i++) {
		bool pass = is_one_of(argv[i], passed);

		if (is_one_of(argv[i], tty))
			out[n++] = "--tty";
		if (pass)
			out[n++] = argv[i];
		if ((pass || is_one_of(argv[i], with)) && ++i < argc && pass)
			out[n++] = argv[i];
	}
	if (argc - i < 2 || n + argc - i > 63)
		return say(EXIT_USAGE, "tasks exec wants a name and a program", NULL);
	for (; i < argc; i++)
		out[n++] = argv[i];
	return become_runtime(out);
}

static int ctr_usage(const char *what)
{
	return say(EXIT_USAGE, what,
		"there is no containerd, and of ctr only: containers ls [-q], tasks ls [-q], "
		"tasks ps NAME, tasks exec [-t] NAME PROGRAM...");
}

int ctr_main(int argc, char **argv)
{
	static const char *const with[] = {
		"n", "namespace", "a", "address", "timeout", "connect-timeout", NULL};
	static const char *const tasks[] = {"tasks", "task", "t", NULL};
	static const char *const containers[] = {"containers", "container", "c", NULL};
	static const char *const ls[] = {"ls", "list", NULL};
	static const char *const quiet[] = {"-q", "--quiet", NULL};
	const char *what, *verb, *rest;
	int i = 1;

	skip_options(argc, argv, &i, with);
	what = i < argc ? argv[i] : NULL;
	verb = what && i + 1 < argc ? argv[i + 1] : NULL;
	rest = verb && i + 2 < argc ? argv[i + 2] : NULL;
	if (is_one_of(what, tasks) || is_one_of(what, containers)) {
		if (is_one_of(verb, ls))
			return list(is_one_of(what, tasks), is_one_of(rest, quiet));
		if (verb && strcmp(verb, "exec") == 0)
			return task_exec(argc, argv, i + 2);
		if (verb && strcmp(verb, "ps") == 0 && rest)
			return become_runtime(
				(const char *[]){NULL, "--root", RUNTIME_STATE, "ps", rest, NULL});
	}
	return ctr_usage(what ? what : "nothing");
}

/* service */

int service_main(int argc, char **argv)
{
	static const char *const with[] = {
		"containerd-namespace", "sock", "path", "dump-spec", NULL};
	static const enum verb verbs[] = {VERB_START, VERB_STOP, VERB_RESTART};
	const char *word;
	int i = 1;

	skip_options(argc, argv, &i, with);
	word = i < argc ? argv[i++] : "";
	skip_options(argc, argv, &i, with);
	if (strcmp(word, "system-init") == 0)
		return 0; /* done */
	for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); v++) {
		if (strcmp(word, verb_rows[verbs[v]].name) == 0 && argc - i == 1)
			return request(verbs[v], argv[i]);
	}
	fprintf(stderr, "usage: service start|stop|restart NAME\n");
	return EXIT_USAGE;
}

/* poweroff, reboot, halt */

static const struct way {
	const char *name;
	enum verb verb;
	int how, signal; /* busybox's, which init understands */
} ways[] = {{"poweroff", VERB_POWEROFF, RB_POWER_OFF, SIGUSR2},
	{"reboot", VERB_REBOOT, RB_AUTOBOOT, SIGTERM},
	{"halt", VERB_HALT, RB_HALT_SYSTEM, SIGUSR1}};

/* The socket is not in every container; PID 1 is in those with `pid: host`. */
static int ask_to_end(const struct way *w)
{
	if (access(CONTROL_SOCKET, F_OK) == 0)
		return request(w->verb, "");
	return kill(1, w->signal) < 0 ? say(EXIT_FAILED, w->name, strerror(errno)) : 0;
}

static int end_now(const struct way *w, bool synced)
{
	if (synced)
		sync();
	return reboot(w->how) < 0 ? say(EXIT_FAILED, w->name, strerror(errno)) : 0;
}

int off_main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	bool force = false, synced = true;
	int c;

	while ((c = getopt(argc, argv, "fnpw")) != -1) {
		if (c == '?')
			return EXIT_USAGE;
		force |= c == 'f';
		synced &= c != 'n';
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, name) == 0)
			return force ? end_now(&ways[i], synced) : ask_to_end(&ways[i]);
	}
	return EXIT_USAGE;
}

int mdev_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}
