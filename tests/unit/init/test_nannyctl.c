/* nannyctl's words, against a PID 1 that is played: a child that answers what the test wrote down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../init/nannyctl.h"

static char folder[] = "/tmp/nannyctl-test.XXXXXX";
static char out[65536], err[65536];

enum {
	REQUESTS = 4,
};

static int listen_at(const char *name)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", folder, name);
	(void)unlink(sa.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* One who asks "X …" gets what stands after "X …" in the script: request, answer, request, … */
static void serve(int fd, const char *const *script)
{
	for (;;) {
		int client = accept(fd, NULL, NULL);
		char request[256] = "";
		ssize_t n = read(client, request, sizeof(request) - 1);

		for (const char *const *s = script; n > 0 && *s; s += 2) {
			if (strncmp(request, s[0], (size_t)n) == 0 &&
				write(client, s[1], strlen(s[1])) < 0)
				_exit(1);
		}
		(void)close(client);
	}
}

static void read_back(int memory, char *buf, size_t size)
{
	ssize_t n = pread(memory, buf, size - 1, 0);

	assert_true(n >= 0);
	for (ssize_t i = 0; i < n; i++)
		buf[i] = buf[i] ? buf[i] : '0';
	buf[n] = '\0';
	(void)close(memory);
}

/* The exit status; what it printed is in out and err. */
static int run(const char *socket_name, const char *const *script, const char *const *args)
{
	int memory[2] = {memfd_create("out", 0), memfd_create("err", 0)},
	    saved[2] = {dup(1), dup(2)};
	int fd = listen_at(socket_name), status, argc = 0;
	char path[64], self[] = "/usr/bin/nannyctl", *argv[16] = {0};
	pid_t server;

	snprintf(path, sizeof(path), "%s/nanny/ctl.sock", folder);
	argv[argc++] = self;
	argv[argc++] = strdup("--socket");
	argv[argc++] = strdup(path);
	for (; *args; args++)
		argv[argc++] = strdup(*args);
	(void)fflush(stdout);
	server = fork();
	if (server == 0)
		serve(fd, script);
	(void)close(fd);
	for (int i = 0; i < 2; i++)
		assert_int_equal(dup2(memory[i], i + 1), i + 1);
	optind = 0;
	status = nannyctl_main(argc, argv);
	(void)fflush(stdout);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dup2(saved[i], i + 1), i + 1);
		(void)close(saved[i]);
	}
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(waitpid(server, NULL, 0), server);
	read_back(memory[0], out, sizeof(out));
	read_back(memory[1], err, sizeof(err));
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	return status;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define OK        "{\"ok\":true}\n"

static int ask_init(const char *const *script, const char *const *args)
{
	return run("nanny/ctl.sock", script, args);
}

static void a_start_that_waits_says_at_once_for_what(void **state)
{
	(void)state;
	assert_int_equal(
		ask_init(LIST("start web\n", "{\"depth\":0,\"text\":\"web waits for net\"}\n"
					     "{\"depth\":1,\"text\":\"no route\"}\n" OK),
			LIST("start", "web")),
		0);
	assert_string_equal(err, "web waits for net\n  no route\n");
	assert_string_equal(out, "");
}

static void several_are_started_and_an_error_names_its_own(void **state)
{
	(void)state;
	assert_int_equal(ask_init(LIST("start db\n", OK, "start web\n",
					  "{\"error\":\"exit status 3\",\"code\":\"failed\"}\n",
					  "start no\n",
					  "{\"error\":\"no container has the name \\\"no\\\"\","
					  "\"code\":\"not-found\"}\n"),
				 LIST("start", "db", "web", "no")),
		1);
	assert_string_equal(
		err, "nannyctl: web: exit status 3\nnannyctl: no container has the name \"no\"\n");
}

#define CTR(name, state, more)                                                                     \
	"{\"name\":\"" name "\",\"kind\":\"service\",\"state\":\"" state                           \
	"\",\"for_ms\":61000,\"starts\":2" more "}\n"
#define MACHINE "{\"phase\":\"up\",\"uptime_ms\":7200000,\"degraded\":false}\n"

static const char *line_of(const char *name)
{
	const char *p = strstr(out, name), *end = p ? strchr(p, '\n') : NULL;
	static char line[256];

	assert_non_null(end);
	snprintf(line, sizeof(line), "%.*s", (int)(end - p), p);
	return line;
}

static void a_reason_is_the_last_runs_until_this_one_ends(void **state)
{
	(void)state;
	assert_int_equal(
		ask_init(LIST("status\n",
				 MACHINE CTR("a1", "creating", ",\"reason\":\"exit status 3\"") CTR(
					 "a2", "unready", ",\"reason\":\"exit status 3\"")
					 CTR("a3", "backoff", ",\"reason\":\"exit status 3\"") CTR(
						 "a4", "down",
						 ",\"last_end\":\"killed\","
						 "\"reason\":\"asked to stop\"") CTR("a5", "done",
						 ",\"last_end\":\"exit status "
						 "0\"") OK),
			LIST("status")),
		0);
	assert_non_null(strstr(out, "machine: up, for 2 h\n"));
	assert_non_null(strstr(line_of("a1"), "1 min"));
	assert_non_null(strstr(line_of("a1"), "last run: exit status 3"));
	assert_non_null(strstr(line_of("a2"), "last run: exit status 3"));
	assert_null(strstr(line_of("a3"), "last run"));
	assert_non_null(strstr(line_of("a3"), "exit status 3"));
	assert_non_null(strstr(line_of("a4"), "asked to stop"));
	assert_null(strstr(line_of("a4"), "killed"));
	assert_non_null(strstr(line_of("a5"), "exit status 0"));
}

#define RECORD(ms, partial, text)                                                                  \
	"{\"time_ms\":" #ms ",\"stream\":\"out\",\"partial\":" #partial ",\"text\":\"" text "\"}"  \
	"\n"

static void lines_have_their_time_when_that_is_asked(void **state)
{
	static const char log[] =
		RECORD(1500, false, "one") RECORD(2000, true, "tw") RECORD(2001, false, "o") OK;

	(void)state;
	assert_int_equal(ask_init(LIST("logs web 1000\n", log), LIST("logs", "web")), 0);
	assert_string_equal(out, "one\ntwo\n");
	assert_int_equal(ask_init(LIST("logs web 1000\n", log), LIST("logs", "-t", "web")), 0);
	assert_string_equal(out, "       1.500  one\n       2.000  two\n");
	assert_int_equal(ask_init(LIST("logs web 9 crashed\n", log),
				 LIST("logs", "--crashed", "-n9", "web")),
		0);
	assert_string_equal(out, "       1.500  one\n       2.000  two\n");
}

static void a_program_may_write_nul(void **state)
{
	(void)state;
	assert_int_equal(ask_init(LIST("logs web 1000\n", RECORD(1, false, "a\\u0000b") OK),
				 LIST("logs", "web")),
		0);
	assert_string_equal(out, "a0b\n");
}

#define LINE(source, msg)                                                                          \
	"{\"time\":\"2026-01-01T00:00:00.000Z\",\"source\":\"" source "\",\"msg\":\"" msg "\"}\n"

static void without_a_name_the_logs_are_everybodys(void **state)
{
	static const char all[] = LINE("init", "first") LINE("web.out", "second")
		LINE("onboot.010-dhcp.out", "third") LINE("web", "fourth");
	char dump[2] = {0};

	(void)state;
	assert_int_equal(run("memlogdq.sock", LIST(dump, all), LIST("logs")), 0);
	assert_string_equal(out, "[init] first\n[web] second\n[010-dhcp] third\n[web] fourth\n");
	assert_int_equal(run("memlogdq.sock", LIST(dump, all), LIST("logs", "-n", "1", "-t")), 0);
	assert_string_equal(out, "2026-01-01T00:00:00.000Z [web] fourth\n");
	assert_int_equal(run("memlogdq.sock", LIST("\3", all), LIST("logs", "-f")), 1);
	assert_non_null(strstr(out, "[init] first\n"));
	assert_int_equal(run("memlogdq.sock", LIST("\1", all), LIST("logs", "-f", "-n0")), 1);
	assert_non_null(strstr(out, "[init] first\n"));
	assert_int_equal(run("nobody", LIST(""), LIST("logs", "--crashed")), 2);
}

#define EVENT(ms, from, to)                                                                        \
	"{\"time_ms\":" #ms ",\"name\":\"web\",\"from\":\"" from "\",\"to\":\"" to "\"}\n"

static void events_are_what_came_of_it_and_all_steps_when_asked(void **state)
{
	static const char told[] = "{\"time_ms\":1,\"machine\":\"up\"}\n" EVENT(
		5, "down", "waiting") EVENT(6, "starting", "unready") EVENT(7, "unready", "up") OK;

	(void)state;
	assert_int_equal(ask_init(LIST("events 2147483647\n", told), LIST("events")), 0);
	assert_string_equal(out, "       0.001  machine: up\n       0.007  web: up\n");
	assert_int_equal(ask_init(LIST("events 2147483647\n", told), LIST("events", "-n1")), 0);
	assert_string_equal(out, "       0.007  web: up\n");
	assert_int_equal(
		ask_init(LIST("events 2147483647\n", told), LIST("events", "--all", "-n", "2")), 0);
	assert_string_equal(
		out, "       0.006  web: starting -> unready\n       0.007  web: unready -> up\n");
	assert_int_equal(ask_init(LIST("events 5 follow\n", told), LIST("events", "-fn5")), 0);
	assert_string_equal(out, "       0.001  machine: up\n       0.007  web: up\n");
}

static void errors_say_what_they_are_about_first(void **state)
{
	static const struct {
		const char *args[5];
		const char *said;
	} cases[] = {
		{{"status", "-f"}, "nannyctl: status: does not have all of these options"},
		{{"why", "--svg"}, "nannyctl: why: does not have all of these options"},
		{{"reboot", "--json"}, "nannyctl: reboot: does not have all of these options"},
		{{"boot", "--svg", "--json"}, "nannyctl: boot: has two of these options"},
		{{"logs", "--crashed", "-f", "a"}, "nannyctl: logs: has two of these options"},
		{{"frobnicate"}, "nannyctl: frobnicate: there is no such verb\n"},
		{{"status", "x"}, "nannyctl: status: takes no name\n"},
		{{"stop"}, "nannyctl: stop: takes one to 16 names\n"},
		{{"logs", "a", "b"}, "nannyctl: logs: takes one name, or none\n"},
		{{"stop", "a b"}, "nannyctl: a b: that can be no container's name\n"},
		{{"logs", "-n", "x"}, "nannyctl: x: that is no number of lines\n"},
		{{NULL}, "nannyctl: name a verb\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(run("nobody", LIST(""), cases[i].args), 2);
		assert_memory_equal(err, cases[i].said, strlen(cases[i].said));
	}
	assert_int_equal(run("nobody", LIST(""), LIST("--version")), 0);
	assert_memory_equal(out, "nannyctl ", 9);
	assert_int_equal(run("nobody", LIST(""), LIST("--help")), 0);
	assert_non_null(strstr(out, "--completion"));
}

static int setup(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/nanny", folder);
	return mkdir(path, 0700);
}

static int teardown(void **state)
{
	static const char *const names[] = {
		"nanny/ctl.sock", "memlogdq.sock", "nobody", "nanny", ""};
	char path[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_that_waits_says_at_once_for_what),
		cmocka_unit_test(several_are_started_and_an_error_names_its_own),
		cmocka_unit_test(a_reason_is_the_last_runs_until_this_one_ends),
		cmocka_unit_test(lines_have_their_time_when_that_is_asked),
		cmocka_unit_test(a_program_may_write_nul),
		cmocka_unit_test(without_a_name_the_logs_are_everybodys),
		cmocka_unit_test(events_are_what_came_of_it_and_all_steps_when_asked),
		cmocka_unit_test(errors_say_what_they_are_about_first),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
