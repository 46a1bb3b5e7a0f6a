/* nannyctl logs and events: what the rings hold, and what comes. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/text.h"
#include "../lib/verb.h"
#include "memlog.h"
#include "nannyctl_verbs.h"

enum {
	SOCKET_MAX = 256,
};

/* Milliseconds since the machine's start, as seconds. */
static void print_time(const json_t *o)
{
	long long ms = (long long)json_integer_value(json_object_get(o, "time_ms"));

	printf("%8lld.%03lld  ", ms / 1000, ms % 1000);
}

static void print_json(const json_t *o)
{
	(void)json_dumpf(o, stdout, JSON_COMPACT);
	printf("\n");
}

/* A container must not move the cursor of whoever reads its lines, nor type for them. */
static void print_harmless(const char *s, size_t n)
{
	while (n) {
		bool shown;
		size_t len = text_character(s, n, &shown);

		(void)fwrite(shown ? s : ".", 1, shown ? len : 1, stdout);
		s += len;
		n -= len;
	}
}

/* Which may hold NUL, as what a program writes may.  Into a file or a pipe it goes as it came. */
static void print_text(const json_t *o, const char *key)
{
	const json_t *text = json_object_get(o, key);

	if (!json_is_string(text))
		return;
	if (isatty(STDOUT_FILENO))
		print_harmless(json_string_value(text), json_string_length(text));
	else
		(void)fwrite(json_string_value(text), 1, json_string_length(text), stdout);
}

static bool print_lost(const json_t *o, const char *what)
{
	const json_t *lost = json_object_get(o, "lost");

	if (lost)
		printf("[%lld %s lost]\n", (long long)json_integer_value(lost), what);
	return lost != NULL;
}

/* ------------------------------------------------------------------ one container's */

struct log {
	const struct options *options;
	bool open; /* the line goes on in the next record */
};

static void take_log(void *ctx, json_t *o)
{
	struct log *l = ctx;

	if (options_have(l->options, 'j')) {
		print_json(o);
	} else if (!print_lost(o, "lines")) {
		if (!l->open && (options_have(l->options, 't') || options_have(l->options, 'c')))
			print_time(o);
		print_text(o, "text");
		l->open = json_is_true(json_object_get(o, "partial"));
		if (!l->open)
			printf("\n");
	}
	(void)fflush(stdout);
}

static int log_of_one(const struct options *o, const char *name)
{
	struct log l = {.options = o};
	char request[CONTROL_REQUEST_MAX];

	snprintf(request, sizeof(request), "logs %.160s %lld%s\n", name, (long long)o->lines,
		options_have(o, 'c')   ? " crashed"
		: options_have(o, 'f') ? " follow"
				       : "");
	return run_request(o, request, take_log, &l);
}

/* ------------------------------------------------------------------ the last of many */

/* A ring of objects: the last n that were put into it, or with `follow` each printed as it comes.
 */
struct last {
	const struct options *options;
	void (*print)(const struct options *o, const json_t *object);
	json_t *list;
};

static void put(struct last *l, json_t *object)
{
	if (options_have(l->options, 'f')) {
		l->print(l->options, object);
		(void)fflush(stdout);
		return;
	}
	(void)json_array_append(l->list, object);
	if (json_array_size(l->list) > (size_t)l->options->lines)
		(void)json_array_remove(l->list, 0);
}

static void print_last(struct last *l)
{
	for (size_t i = 0; i < json_array_size(l->list); i++)
		l->print(l->options, json_array_get(l->list, i));
	json_decref(l->list);
}

/* ------------------------------------------------------------------ all containers' */

static bool is_oneshot_id(const char *s)
{
	return isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1]) &&
	       isdigit((unsigned char)s[2]) && s[3] == '-';
}

/* memlogd's "onboot.010-dhcp.out" by the name that nannyctl takes: "010-dhcp". */
static void print_source(const char *source)
{
	const char *dot = strchr(source, '.');
	size_t n;

	if (dot && is_oneshot_id(dot + 1))
		source = dot + 1;
	n = strlen(source);
	if (n > 4 && strcmp(source + n - 4, ".out") == 0)
		n -= 4;
	printf("[%.*s] ", (int)n, source);
}

static void print_line(const struct options *o, const json_t *line)
{
	if (options_have(o, 'j')) {
		print_json(line);
		return;
	}
	if (options_have(o, 't'))
		printf("%s ", string_of(line, "time"));
	print_source(string_of(line, "source"));
	print_text(line, "msg");
	printf("\n");
}

/* memlogd's socket lies beside the folder of PID 1's own: /run/nanny/ctl.sock, /run/memlogdq.sock.
 */
static FILE *ask_memlog(const struct options *o)
{
	char path[SOCKET_MAX];
	char mode = MEMLOG_DUMP, *slash;

	if (options_have(o, 'f'))
		mode = o->lines ? MEMLOG_DUMP_WATCH : MEMLOG_FOLLOW;
	snprintf(path, sizeof(path) - sizeof(MEMLOG_QUERY), "%s", o->socket);
	for (int i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
	}
	strcat(path, strrchr(MEMLOG_QUERY, '/'));
	return ask_socket(path, &mode, 1);
}

static int log_of_all(const struct options *o)
{
	struct last last = {.options = o, .print = print_line, .list = json_array()};
	FILE *f = ask_memlog(o);
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (object)
			put(&last, object);
		json_decref(object);
	}
	free(line);
	print_last(&last);
	if (!f)
		return EXIT_FAILED;
	(void)fclose(f);
	/* A dump has an end; one who follows is left when the machine ends or its place is needed.
	 */
	return options_have(o, 'f') ? say(EXIT_FAILED, "PID 1 has hung up", NULL) : 0;
}

int nannyctl_logs(const struct options *o, const char *name)
{
	if (options_have(o, 'p'))
		return nannyctl_previous(o, name);
	if (!name && options_have(o, 'c'))
		return say(EXIT_USAGE, "logs --crashed", "name a container");
	return name ? log_of_one(o, name) : log_of_all(o);
}

/* ------------------------------------------------------------------ events */

/* What an operator waits for; the steps on the way there are told with --all. */
static bool is_step(const json_t *o)
{
	static const char *const told[] = {"up", "stopping", "down", "backoff", "done", "failed"};
	const char *to = string_of(o, "to");

	for (size_t i = 0; *to && i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(to, told[i]) == 0)
			return false;
	}
	return *to != '\0';
}

static void print_event(const struct options *o, const json_t *e)
{
	const char *reason = string_of(e, "reason"), *machine = string_of(e, "machine");

	if (options_have(o, 'j')) {
		print_json(e);
		return;
	}
	if (print_lost(e, "events"))
		return;
	print_time(e);
	if (*machine)
		printf("machine: %s", machine);
	else if (options_have(o, 'a'))
		printf("%s: %s -> %s", string_of(e, "name"), string_of(e, "from"),
			string_of(e, "to"));
	else
		printf("%s: %s", string_of(e, "name"), string_of(e, "to"));
	printf("%s%s\n", *reason ? ": " : "", reason);
}

static void take_event(void *ctx, json_t *object)
{
	struct last *l = ctx;

	if (options_have(l->options, 'a') || !is_step(object))
		put(l, object);
}

int nannyctl_events(const struct options *o, const char *name)
{
	struct last last = {.options = o, .print = print_event, .list = json_array()};
	char request[CONTROL_REQUEST_MAX];
	int status;

	(void)name;
	/* Which of them count is decided here; of one that follows PID 1 counts all. */
	snprintf(request, sizeof(request), "events %lld%s\n",
		(long long)(options_have(o, 'f') ? o->lines : INT32_MAX),
		options_have(o, 'f') ? " follow" : "");
	status = run_request(o, request, take_event, &last);
	print_last(&last);
	return status;
}
