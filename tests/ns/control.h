/* A client of the control socket (lib/verb.h), for the tests' programs. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connects and sends the request, which ends with a newline; the answer is read from the fd.  -1.
 */
static inline int control_open(const char *path, const char *request)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	ssize_t len = (ssize_t)strlen(request);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
		send(fd, request, (size_t)len, MSG_NOSIGNAL) == len)
		return fd;
	(void)close(fd);
	return -1;
}

/* All that comes until the server closes, as far as it fits, ended by NUL; fd is closed. */
static inline const char *control_answer(int fd, char *buf, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while (fd >= 0 && got < size - 1 && (n = read(fd, buf + got, size - 1 - got)) > 0)
		got += (size_t)n;
	if (fd >= 0)
		(void)close(fd);
	buf[got] = '\0';
	return buf;
}
