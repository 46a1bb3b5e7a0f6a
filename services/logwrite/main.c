/*
 * logwrite: takes the log of all containers from memlogd's socket, which is PID 1's here, and
 * writes a file for each source.  The options are those of LinuxKit's logwrite.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "files.h"

/* The first byte on the socket: what is wanted. */
enum {
	ASK_FOLLOW = 1,
	ASK_ALL = 2, /* what there is, then what comes */
};

struct options {
	const char *socket;
	struct log_files files;
};

static long number(const char *text, const char *name)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 0 || n > INT_MAX) {
		fprintf(stderr, "logwrite: %s is a number, not '%s'\n", name, text);
		exit(2);
	}
	return n;
}

/* One dash or two, as Go's programs take them. */
static void parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{"socket", required_argument, NULL, 's'},
		{"log-dir", required_argument, NULL, 'd'},
		{"max-log-files", required_argument, NULL, 'n'},
		{"max-log-size", required_argument, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long_only(argc, argv, "", names, NULL)) >= 0) {
		if (c == 's')
			o->socket = optarg;
		else if (c == 'd')
			o->files.dir = optarg;
		else if (c == 'n')
			o->files.old_most = (int)number(optarg, "max-log-files");
		else if (c == 'b')
			o->files.size_most = (size_t)number(optarg, "max-log-size");
		else
			exit(2);
	}
	if (optind < argc) {
		fprintf(stderr, "logwrite: too many arguments\n");
		exit(2);
	}
}

/* NULL with errno. */
static FILE *ask(const char *path, unsigned char what)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (fd < 0)
		return NULL;
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || write(fd, &what, 1) != 1 ||
		!(f = fdopen(fd, "r"))) {
		(void)close(fd);
		return NULL;
	}
	return f;
}

/* {"time":…,"source":…,"msg":…} */
static void take(struct log_files *files, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, 0, NULL);
	const char *time = json_string_value(json_object_get(o, "time"));
	const char *source = json_string_value(json_object_get(o, "source"));
	const char *msg = json_string_value(json_object_get(o, "msg"));
	char *line = NULL;
	int n = time && source && *source && msg ? asprintf(&line, "%s %s %s\n", time, source, msg)
						 : -1;
	int r = n >= 0 ? log_files_add(files, source, line, (size_t)n) : 0;

	if (r < 0)
		fprintf(stderr, "logwrite: the log of %s: %s\n", source, strerror(-r));
	if (n >= 0)
		free(line);
	json_decref(o);
}

/* In a container of its own it is process 1, which no signal ends by itself.  Nothing is buffered.
 */
static void end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct options o = {"/var/run/memlogdq.sock", {"/var/log", 1024 * 1024, 10, NULL}};
	unsigned char what = ASK_ALL;
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	parse(argc, argv, &o);
	(void)signal(SIGTERM, end);
	for (;;) {
		FILE *f = ask(o.socket, what);

		if (f) {
			what = ASK_FOLLOW; /* what there was is written */
			while ((n = getline(&text, &size, f)) > 0)
				take(&o.files, text, (size_t)n);
			(void)fclose(f);
		}
		(void)sleep(1);
	}
}
