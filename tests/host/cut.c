/*
 * A way to a registry that breaks: cut PORT FILE
 *
 * Prints the loopback port it listens on and passes connections on to PORT.  While FILE holds a
 * number, a connection ends after so many bytes from the other side; an odd number resets it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static long limit_of(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = -1;

	if (f && fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		(void)fclose(f);
	return n;
}

/* 0 at the end. */
static ssize_t pass(int from, int to, long most)
{
	char buf[16384];
	size_t room = most >= 0 && most < (long)sizeof(buf) ? (size_t)most : sizeof(buf);
	ssize_t n = read(from, buf, room);

	for (ssize_t at = 0; at < n;) {
		ssize_t w = write(to, buf + at, (size_t)(n - at));

		if (w <= 0)
			return 0;
		at += w;
	}
	return n > 0 ? n : 0;
}

static void serve(int client, int server, long left)
{
	const struct linger reset = {1, 0};
	struct pollfd fd[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
	int odd = left >= 0 && left % 2;

	while (left != 0 && poll(fd, 2, -1) > 0) {
		ssize_t n = 1;

		if (fd[0].revents)
			n = pass(client, server, -1);
		if (n > 0 && fd[1].revents) {
			n = pass(server, client, left);
			left -= left > 0 ? n : 0;
		}
		if (n == 0)
			break;
	}
	if (left == 0 && odd)
		(void)setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

static int loopback(int port, int is_server)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	r = is_server ? bind(fd, (void *)&a, sizeof(a)) : connect(fd, (void *)&a, sizeof(a));
	if (fd < 0 || r < 0 || (is_server && listen(fd, 64) < 0)) {
		perror("cut");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd, client;

	if (argc != 3)
		return 2;
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	fd = loopback(0, 1);
	if (getsockname(fd, (void *)&a, &len) < 0)
		return 1;
	(void)printf("%d\n", ntohs(a.sin_port));
	(void)fflush(stdout);
	while ((client = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (fork() == 0) {
			serve(client, loopback(atoi(argv[1]), 0), limit_of(argv[2]));
			return 0;
		}
		(void)close(client);
	}
	return 1;
}
