#include "nannyctl_ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int say(int status, const char *what, const char *why)
{
	fprintf(stderr, "nannyctl: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return status;
}

FILE *ask_socket(const char *path, const void *request, size_t len)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (fd < 0) {
		(void)say(0, "cannot make a socket", strerror(errno));
		return NULL;
	}
	if (strlen(path) < sizeof(sa.sun_path))
		memcpy(sa.sun_path, path, strlen(path) + 1);
	else
		errno = ENAMETOOLONG;
	if (!sa.sun_path[0] || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		write(fd, request, len) != (ssize_t)len) {
		fprintf(stderr, "nannyctl: cannot reach PID 1 at %s: %s\n", path, strerror(errno));
		(void)close(fd);
		return NULL;
	}
	f = fdopen(fd, "r");
	if (!f)
		(void)close(fd);
	return f;
}

FILE *ask(const struct options *o, const char *request)
{
	return ask_socket(o->socket, request, strlen(request));
}

static int answer_error(const json_t *object, const char *about)
{
	const char *error = string_of(object, "error"), *code = string_of(object, "code");
	bool says_it = !about || strstr(error, about);

	(void)say(0, says_it ? error : about, says_it ? NULL : error);
	return strcmp(code, "usage") == 0 || strcmp(code, "not-found") == 0 ? EXIT_USAGE
									    : EXIT_FAILED;
}

int read_answer(FILE *f, const char *about, void (*take)(void *, json_t *), void *ctx)
{
	char *line = NULL;
	size_t size = 0;
	int status = -1;

	while (status < 0 && getline(&line, &size, f) > 0) {
		json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (!object)
			status = say(EXIT_FAILED, "PID 1's answer is no JSON", NULL);
		else if (json_object_get(object, "ok"))
			status = 0;
		else if (json_object_get(object, "error"))
			status = answer_error(object, about);
		else if (take)
			take(ctx, object);
		json_decref(object);
	}
	free(line);
	return status < 0 ? say(EXIT_FAILED, "PID 1's answer has been cut off", NULL) : status;
}

int run_request(
	const struct options *o, const char *request, void (*take)(void *, json_t *), void *ctx)
{
	FILE *f = ask(o, request);
	int status;

	if (!f)
		return EXIT_FAILED;
	status = read_answer(f, NULL, take, ctx);
	(void)fclose(f);
	return status;
}

bool options_have(const struct options *o, char letter)
{
	return strchr(o->given, letter) != NULL;
}

const char *string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}
