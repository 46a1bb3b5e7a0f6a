#include "nannyctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/text.h"
#include "../lib/verb.h"
#include "nannyctl_data.h"
#include "nannyctl_slot.h"
#include "nannyctl_verbs.h"

/* For bash: verbs, then the names of containers. */
static int print_completion(void)
{
	printf("_nannyctl() {\n"
	       "\tlocal words\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	       "\t\twords='");
	for (int v = 0; v < VERB_N; v++)
		printf("%s%s", v ? " " : "", verb_rows[v].name);
	printf("'\n"
	       "\telse\n"
	       "\t\twords=\"init --all --crashed --follow --json --lines --previous --svg "
	       "--timestamps "
	       "$(nannyctl status 2>/dev/null | awk 'on { print $1 } $1 == \"NAME\" { on = 1 "
	       "}')\"\n"
	       "\tfi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
	       "}\n"
	       "complete -F _nannyctl nannyctl\n");
	return 0;
}

static int print_help(void)
{
	printf("usage: nannyctl [-s PATH] VERB [OPTION...] [NAME...]\n\n");
	for (int v = 0; v < VERB_N; v++)
		printf("  %s %s\n      %s\n", verb_rows[v].name, verb_rows[v].args,
			verb_rows[v].sentence);
	printf("\n  -j, --json         for programs\n"
	       "  -s, --socket PATH  another socket than " CONTROL_SOCKET "\n"
	       "  --completion       print what makes bash complete verbs and names:\n"
	       "                     source <(nannyctl --completion)\n"
	       "  --version, -h, --help\n\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage or no such container,\n"
	       "3 (status) some container has failed.\n");
	return 0;
}

static int usage(const char *what, const char *why)
{
	if (what)
		(void)say(0, what, why);
	fprintf(stderr, "nannyctl --help shows how\n");
	return EXIT_USAGE;
}

static void print_machine(const json_t *o)
{
	const char *ending = string_of(o, "ending");
	char up[32], data[192];
	const char *state = json_is_true(json_object_get(o, "maintenance"))
				    ? ", in MAINTENANCE mode"
			    : json_is_true(json_object_get(o, "degraded")) ? ", DEGRADED"
									   : "";

	printf("machine: %s%s%s%s, for %s\n", string_of(o, "phase"), *ending ? ", ending: " : "",
		ending, state,
		text_duration(json_integer_value(json_object_get(o, "uptime_ms")), up, sizeof(up)));
	if (*string_of(o, "why"))
		printf("why: %s\n", string_of(o, "why"));
	if (nannyctl_data(data, sizeof(data))[0])
		printf("data: %s\n", data);
	printf("\n");
	printf("%-20s %-10s %-10s %-8s %6s %7s  %s\n", "NAME", "KIND", "STATE", "FOR", "STARTS",
		"PID", "REASON");
}

/* On the way up, or there: what is told of an end is told of the run before. */
static bool is_rising(const char *state)
{
	static const char *const states[] = {"waiting", "queued", "preparing", "creating", "wiring",
		"starting", "unready", "up"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(state, states[i]) == 0)
			return true;
	}
	return false;
}

static void print_container(const json_t *o)
{
	char time[32], pid[16] = "-";
	const char *reason = string_of(o, "reason"), *state = string_of(o, "state");
	bool rising = is_rising(state);

	if (json_object_get(o, "pid"))
		snprintf(pid, sizeof(pid), "%lld",
			(long long)json_integer_value(json_object_get(o, "pid")));
	if (!*reason && !rising)
		reason = string_of(o, "last_end");
	printf("%-20s %-10s %-10s %-8s %6lld %7s  %s%s\n", string_of(o, "name"),
		string_of(o, "kind"), state,
		text_duration(json_integer_value(json_object_get(o, "for_ms")), time, sizeof(time)),
		(long long)json_integer_value(json_object_get(o, "starts")), pid,
		*reason && rising ? "last run: " : "", reason);
}

struct status {
	json_t *machine, *containers;
};

static void take_status(void *ctx, json_t *object)
{
	struct status *s = ctx;

	if (!s->machine) {
		char data[192];

		s->machine = json_incref(object);
		if (nannyctl_data(data, sizeof(data))[0])
			(void)json_object_set_new(s->machine, "data", json_string(data));
	} else {
		(void)json_array_append(s->containers, object);
	}
}

static int print_status_json(const struct status *s)
{
	json_t *all = json_pack("{s:O, s:O}", "machine", s->machine, "containers", s->containers);
	int r = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;

	printf("\n");
	json_decref(all);
	return r < 0 ? say(EXIT_FAILED, "out of memory", NULL) : 0;
}

static int verb_status(const struct options *o, const char *name)
{
	struct status s = {.containers = json_array()};
	int status;

	(void)name;
	status = run_request(o, "status\n", take_status, &s);
	if (status == 0 && !s.machine)
		status = say(EXIT_FAILED, "PID 1's answer is empty", NULL);
	if (status == 0 && options_have(o, 'j'))
		status = print_status_json(&s);
	if (status == 0 && !options_have(o, 'j')) {
		print_machine(s.machine);
		for (size_t i = 0; i < json_array_size(s.containers); i++)
			print_container(json_array_get(s.containers, i));
	}
	if (status == 0 && json_is_true(json_object_get(s.machine, "degraded")))
		status = EXIT_DEGRADED;
	json_decref(s.machine);
	json_decref(s.containers);
	return status;
}

static void take_json(void *ctx, json_t *object)
{
	(void)ctx;
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	printf("\n");
}

static void take_cause(void *ctx, json_t *o)
{
	(void)ctx;
	printf("%*s%s\n", 2 * (int)json_integer_value(json_object_get(o, "depth")), "",
		string_of(o, "text"));
}

static int verb_why(const struct options *o, const char *name)
{
	char request[CONTROL_REQUEST_MAX], data[192];

	snprintf(request, sizeof(request), "why%s%.160s\n", name ? " " : "", name ? name : "");
	if (!name && !options_have(o, 'j') && nannyctl_data(data, sizeof(data))[0])
		printf("data: %s\n", data);
	return run_request(o, request, options_have(o, 'j') ? take_json : take_cause, NULL);
}

/* Of a start that has to wait: for what. */
static void take_wait(void *ctx, json_t *o)
{
	(void)ctx;
	fprintf(stderr, "%*s%s\n", 2 * (int)json_integer_value(json_object_get(o, "depth")), "",
		string_of(o, "text"));
}

enum {
	NAMES_MAX = 16, /* half of the clients that PID 1 has room for */
};

/* Asked for all at once, so that one may wait for the other; the first that fails is the status. */
static int request_all(const struct options *o, enum verb v, char **names, int n)
{
	FILE *asked[NAMES_MAX];
	int status = 0;

	for (int i = 0; i < n; i++) {
		char request[CONTROL_REQUEST_MAX];

		snprintf(request, sizeof(request), "%s %.160s\n", verb_rows[v].name, names[i]);
		asked[i] = ask(o, request);
	}
	for (int i = 0; i < n; i++) {
		int r = asked[i] ? read_answer(asked[i], names[i], take_wait, NULL) : EXIT_FAILED;

		status = status ? status : r;
		if (asked[i])
			(void)fclose(asked[i]);
	}
	return status;
}

static int request_end(const struct options *o, enum verb v)
{
	char request[CONTROL_REQUEST_MAX];

	snprintf(request, sizeof(request), "%s\n", verb_rows[v].name);
	return run_request(o, request, take_wait, NULL);
}

/* The exit status when *ret_done; else the verb follows. */
static int read_options(int argc, char **argv, struct options *o, bool *ret_done)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
		{"follow", no_argument, NULL, 'f'}, {"lines", required_argument, NULL, 'n'},
		{"timestamps", no_argument, NULL, 't'}, {"all", no_argument, NULL, 'a'},
		{"crashed", no_argument, NULL, 'c'}, {"previous", no_argument, NULL, 'p'},
		{"svg", no_argument, NULL, 'v'}, {"socket", required_argument, NULL, 's'},
		{"completion", no_argument, NULL, 'C'}, {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'}, {0}};
	int c;

	*ret_done = true;
	while ((c = getopt_long(argc, argv, "jfn:ts:h", longs, NULL)) != -1) {
		if (!options_have(o, (char)c) && strlen(o->given) < sizeof(o->given) - 1)
			o->given[strlen(o->given)] = (char)c;
		switch (c) {
		case 's':
			o->socket = optarg;
			break;
		case 'n':
			if (!text_number(optarg, 0, INT32_MAX, &o->lines))
				return usage(optarg, "that is no number of lines");
			break;
		case 'C':
			return print_completion();
		case 'V':
			printf("nannyctl %s\n", VERSION);
			return 0;
		case 'h':
			return print_help();
		case '?':
			return usage(NULL, NULL);
		}
	}
	*ret_done = false;
	return 0;
}

enum name_use {
	NAME_NONE,
	NAME_MAYBE,
	NAME_NEEDED, /* one or several */
};

/*
 * Options by their letters in read_options(): those a verb has, and of which it has one at a time.
 * What is not here only sends its name, and waits.
 */
static const struct {
	enum name_use name;
	int (*run)(const struct options *o, const char *name);
	const char *options, *one_of;
} verbs[VERB_N] = {
	[VERB_STATUS] = {NAME_NONE, verb_status, "j", ""},
	[VERB_LOGS] = {NAME_MAYBE, nannyctl_logs, "jfntcp", "fcp"},
	[VERB_EVENTS] = {NAME_NONE, nannyctl_events, "jfna", ""},
	[VERB_WHY] = {NAME_MAYBE, verb_why, "j", ""},
	[VERB_BOOT] = {NAME_NONE, nannyctl_boot, "jv", "jv"},
	[VERB_BOARD] = {NAME_NONE, nannyctl_board, "j", ""},
	[VERB_START] = {NAME_NEEDED, NULL, "", ""},
	[VERB_STOP] = {NAME_NEEDED, NULL, "", ""},
	[VERB_RESTART] = {NAME_NEEDED, NULL, "", ""},
	[VERB_FACTORY_RESET] = {NAME_NONE, nannyctl_factory_reset, "", ""},
	[VERB_TRY] = {NAME_NONE, nannyctl_try, "n", ""},
};

/* 0, or the exit status. */
static int check_options(enum verb v, const char *given)
{
	const char *has = verbs[v].options ? verbs[v].options : "";
	const char *one_of = verbs[v].one_of ? verbs[v].one_of : "";
	char first = '\0';

	for (; *given; given++) {
		if (*given == 's')
			continue;
		if (!strchr(has, *given))
			return usage(verb_rows[v].name, "does not have all of these options");
		if (!strchr(one_of, *given))
			continue;
		if (first && first != *given)
			return usage(
				verb_rows[v].name, "has two of these options, but one at a time");
		first = *given;
	}
	return 0;
}

/* A space or line break in a name would be a second word or request to PID 1. */
static bool name_ok(const char *name)
{
	return *name && strlen(name) <= 160 && !strpbrk(name, " \t\r\n");
}

/* 0, or the exit status. */
static int check_names(enum verb v, char **names, int n)
{
	static const char *const wrong[] = {[NAME_NONE] = "takes no name",
		[NAME_MAYBE] = "takes one name, or none",
		[NAME_NEEDED] = "takes one to 16 names"};
	static const int most[] = {[NAME_NONE] = 0, [NAME_MAYBE] = 1, [NAME_NEEDED] = NAMES_MAX};
	enum name_use use = verbs[v].name;

	if (n > most[use] || n < (use == NAME_NEEDED))
		return usage(verb_rows[v].name, wrong[use]);
	for (int i = 0; i < n; i++) {
		if (!name_ok(names[i]))
			return say(EXIT_USAGE, names[i], "that can be no container's name");
	}
	return 0;
}

int nannyctl_main(int argc, char **argv)
{
	static char self[] = "nannyctl"; /* in getopt's own words, too */
	struct options o = {.lines = 1000, .socket = CONTROL_SOCKET};
	bool done;
	int status, n;
	char **names;
	enum verb v;

	argv[0] = self;
	status = read_options(argc, argv, &o, &done);
	if (done)
		return status;
	if (optind >= argc)
		return usage("name a verb", NULL);
	v = verb_find(argv[optind]);
	if (v == VERB_N)
		return usage(argv[optind], "there is no such verb");
	names = argv + optind + 1;
	n = argc - optind - 1;
	status = check_options(v, o.given);
	if (!status)
		status = check_names(v, names, n);
	if (status)
		return status;
	if (verbs[v].run)
		return verbs[v].run(&o, n ? names[0] : NULL);
	return n ? request_all(&o, v, names, n) : request_end(&o, v);
}
