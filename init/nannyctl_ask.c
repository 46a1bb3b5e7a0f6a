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

static FILE *ask(const struct options *o, const char *request)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(request);
	FILE *f;

	if (fd < 0 || strlen(o->socket) >= sizeof(sa.sun_path)) {
		(void)say(0, "cannot make a socket", fd < 0 ? strerror(errno) : "path too long");
		return NULL;
	}
	memcpy(sa.sun_path, o->socket, strlen(o->socket) + 1);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		write(fd, request, len) != (ssize_t)len) {
		fprintf(stderr, "nannyctl: cannot reach PID 1 at %s: %s\n", o->socket,
			strerror(errno));
		(void)close(fd);
		return NULL;
	}
	f = fdopen(fd, "r");
	if (!f)
		(void)close(fd);
	return f;
}

static int answer_error(const json_t *object)
{
	const char *error = json_string_value(json_object_get(object, "error"));
	const char *code = json_string_value(json_object_get(object, "code"));

	(void)say(0, error, NULL);
	return code && (strcmp(code, "usage") == 0 || strcmp(code, "not-found") == 0) ? EXIT_USAGE
										      : EXIT_FAILED;
}

int read_answer(FILE *f, void (*take)(void *, json_t *), void *ctx)
{
	char *line = NULL;
	size_t size = 0;
	int status = -1;

	while (status < 0 && getline(&line, &size, f) > 0) {
		json_t *object = json_loads(line, 0, NULL);

		if (!object)
			status = say(EXIT_FAILED, "PID 1's answer is no JSON", NULL);
		else if (json_object_get(object, "ok"))
			status = 0;
		else if (json_object_get(object, "error"))
			status = answer_error(object);
		else
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
	status = read_answer(f, take, ctx);
	(void)fclose(f);
	return status;
}

const char *string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}
