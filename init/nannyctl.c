#include "nannyctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/text.h"
#include "../lib/verb.h"
#include "nannyctl_data.h"
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
	       "\t\twords=\"init --json --previous --crashed $(nannyctl status 2>/dev/null | awk "
	       "'NR > 3 { print $1 "
	       "}')\"\n"
	       "\tfi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
	       "}\n"
	       "complete -F _nannyctl nannyctl\n");
	return 0;
}

static int usage(FILE *to)
{
	fprintf(to, "usage: nannyctl [--socket PATH] VERB\n\n");
	for (int v = 0; v < VERB_N; v++)
		fprintf(to, "  %-13s %-32s %s\n", verb_rows[v].name, verb_rows[v].args,
			verb_rows[v].sentence);
	return to == stdout ? 0 : EXIT_USAGE;
}

static void duration(long long ms, char *buf, size_t size)
{
	static const struct {
		long long ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms >= units[i].ms) {
			snprintf(buf, size, "%lld %s", ms / units[i].ms, units[i].unit);
			return;
		}
	}
	snprintf(buf, size, "%lld ms", ms);
}

static void print_machine(const json_t *o)
{
	const char *ending = string_of(o, "ending");
	char up[32], data[192];

	duration(json_integer_value(json_object_get(o, "uptime_ms")), up, sizeof(up));
	printf("machine: %s%s%s%s, for %s\n", string_of(o, "phase"), *ending ? ", ending: " : "",
		ending, json_is_true(json_object_get(o, "degraded")) ? ", DEGRADED" : "", up);
	if (nannyctl_data(data, sizeof(data))[0])
		printf("data: %s\n", data);
	printf("\n");
	printf("%-20s %-10s %-10s %-8s %6s %7s  %s\n", "NAME", "KIND", "STATE", "FOR", "STARTS",
		"PID", "REASON");
}

static void print_container(const json_t *o)
{
	char since[32], pid[16] = "-";
	const char *reason = string_of(o, "reason"), *state = string_of(o, "state");

	if (json_object_get(o, "pid"))
		snprintf(pid, sizeof(pid), "%lld",
			(long long)json_integer_value(json_object_get(o, "pid")));
	if (!*reason && strcmp(state, "up") != 0)
		reason = string_of(o, "last_end");
	duration(json_integer_value(json_object_get(o, "since_ms")), since, sizeof(since));
	printf("%-20s %-10s %-10s %-8s %6lld %7s  %s%s\n", string_of(o, "name"),
		string_of(o, "kind"), state, since,
		(long long)json_integer_value(json_object_get(o, "starts")), pid,
		*reason && strcmp(state, "up") == 0 ? "last run: " : "", reason);
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
	if (status == 0 && o->json)
		status = print_status_json(&s);
	if (status == 0 && !o->json) {
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
	(void)fflush(stdout);
}

static void take_log(void *ctx, json_t *object)
{
	json_t *text = json_object_get(object, "text");

	(void)ctx;
	if (!text) {
		printf("[%lld lines lost]\n",
			(long long)json_integer_value(json_object_get(object, "lost")));
		return;
	}
	(void)fwrite(json_string_value(text), 1, json_string_length(text), stdout);
	if (!json_is_true(json_object_get(object, "partial")))
		printf("\n");
	(void)fflush(stdout);
}

static int verb_logs(const struct options *o, const char *name)
{
	char request[CONTROL_REQUEST_MAX];

	if (o->previous)
		return nannyctl_previous(o, name);
	if (!name)
		return say(EXIT_USAGE, "the verb takes one name", "logs");
	snprintf(request, sizeof(request), "logs %.160s %lld%s\n", name, (long long)o->lines,
		o->crashed  ? " crashed"
		: o->follow ? " follow"
			    : "");
	return run_request(o, request, o->json ? take_json : take_log, NULL);
}

static void take_event(void *ctx, json_t *o)
{
	const char *reason = string_of(o, "reason"), *machine = string_of(o, "machine");
	long long ms = (long long)json_integer_value(json_object_get(o, "time_ms"));

	(void)ctx;
	if (json_object_get(o, "lost"))
		printf("[%lld events lost]\n",
			(long long)json_integer_value(json_object_get(o, "lost")));
	else if (*machine)
		printf("%8lld.%03lld  machine: %s%s%s\n", ms / 1000, ms % 1000, machine,
			*reason ? ": " : "", reason);
	else
		printf("%8lld.%03lld  %s: %s -> %s%s%s\n", ms / 1000, ms % 1000,
			string_of(o, "name"), string_of(o, "from"), string_of(o, "to"),
			*reason ? ": " : "", reason);
	(void)fflush(stdout);
}

static int verb_events(const struct options *o, const char *name)
{
	char request[CONTROL_REQUEST_MAX];

	(void)name;
	snprintf(request, sizeof(request), "events %lld%s\n", (long long)o->lines,
		o->follow ? " follow" : "");
	return run_request(o, request, o->json ? take_json : take_event, NULL);
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
	if (!name && !o->json && nannyctl_data(data, sizeof(data))[0])
		printf("data: %s\n", data);
	return run_request(o, request, o->json ? take_json : take_cause, NULL);
}

static void take_nothing(void *ctx, json_t *object)
{
	(void)ctx;
	(void)object;
}

static int simple_request(const struct options *o, enum verb v, const char *name)
{
	char request[CONTROL_REQUEST_MAX];

	snprintf(request, sizeof(request), "%s%s%.160s\n", verb_rows[v].name, name ? " " : "",
		name ? name : "");
	return run_request(o, request, take_nothing, NULL);
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
		{"follow", no_argument, NULL, 'f'}, {"lines", required_argument, NULL, 'n'},
		{"crashed", no_argument, NULL, 'c'}, {"previous", no_argument, NULL, 'p'},
		{"svg", no_argument, NULL, 'v'}, {"socket", required_argument, NULL, 's'},
		{"completion", no_argument, NULL, 'C'}, {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "jfn:s:h", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			o->json = true;
			break;
		case 'f':
			o->follow = true;
			break;
		case 'c':
			o->crashed = true;
			break;
		case 'p':
			o->previous = true;
			break;
		case 'v':
			o->svg = true;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'n':
			if (text_number(optarg, 0, INT32_MAX, &o->lines))
				break;
			return say(EXIT_USAGE, "-n wants a number of lines, not", optarg);
		case 'C':
			exit(print_completion());
		case 'h':
			exit(usage(stdout));
		default:
			return usage(stderr);
		}
	}
	return 0;
}

enum name_use {
	NAME_NONE,
	NAME_MAYBE,
	NAME_NEEDED,
};

/* What is not here only sends its name, and waits. */
static const struct {
	enum name_use name;
	int (*run)(const struct options *o, const char *name);
} verbs[VERB_N] = {
	[VERB_STATUS] = {NAME_NONE, verb_status},
	[VERB_LOGS] = {NAME_MAYBE, verb_logs},
	[VERB_EVENTS] = {NAME_NONE, verb_events},
	[VERB_WHY] = {NAME_MAYBE, verb_why},
	[VERB_BOOT] = {NAME_NONE, nannyctl_boot},
	[VERB_BOARD] = {NAME_NONE, nannyctl_board},
	[VERB_START] = {NAME_NEEDED, NULL},
	[VERB_STOP] = {NAME_NEEDED, NULL},
	[VERB_RESTART] = {NAME_NEEDED, NULL},
	[VERB_FACTORY_RESET] = {NAME_NONE, nannyctl_factory_reset},
};

static bool right_count(enum verb v, int names)
{
	return names == 0 ? verbs[v].name != NAME_NEEDED : names == 1 && verbs[v].name != NAME_NONE;
}

/* A space or line break in a name would be a second word or request to PID 1. */
static bool name_ok(const char *name)
{
	return *name && strlen(name) <= 160 && !strpbrk(name, " \t\r\n");
}

int nannyctl_main(int argc, char **argv)
{
	struct options o = {.lines = 1000, .socket = CONTROL_SOCKET};
	int status = read_options(argc, argv, &o);
	const char *name;
	enum verb v;

	if (status)
		return status;
	if (optind >= argc)
		return usage(stderr);
	v = verb_find(argv[optind]);
	if (v == VERB_N)
		return say(EXIT_USAGE, "no such verb (nannyctl --help lists them)", argv[optind]);
	name = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (!right_count(v, argc - optind - 1))
		return say(EXIT_USAGE,
			verbs[v].name == NAME_NONE ? "the verb takes no name"
						   : "the verb takes one name",
			argv[optind]);
	if (name && !name_ok(name))
		return say(EXIT_USAGE, "that can be no container's name", name);
	return verbs[v].run ? verbs[v].run(&o, name) : simple_request(&o, v, name);
}
