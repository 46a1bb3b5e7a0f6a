#include "ctl.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "ctl_verb.h"
#include "log.h"
#include "machine.h"
#include "source.h"
#include "sys.h"

enum {
	REQUEST_MS = 5000,
};

static int take_memory(struct ctl *ctl)
{
	const size_t clients = CTL_CLIENTS * sizeof(*ctl->client);
	char *bytes = sys_map(clients + (size_t)CTL_CLIENTS * CTL_OUT);

	if (!bytes)
		return -ENOMEM;
	ctl->client = (struct ctl_client *)bytes;
	for (size_t i = 0; i < CTL_CLIENTS; i++)
		ctl->client[i] =
			(struct ctl_client){.fd = -1, .out = bytes + clients + i * CTL_OUT};
	return 0;
}

int ctl_open(struct machine *m, const char *path)
{
	struct ctl *ctl = &m->ctl;
	int r = ctl->client ? 0 : take_memory(ctl);

	ctl->listen_fd = -1;
	if (r < 0)
		return r;
	return source_watch(m->epfd, sys_listen(path, 0600), SOURCE_LISTEN, &ctl->listen_fd);
}

/* The place, and who has it: places are given to others. */
static uint64_t source_of(const struct ctl *ctl, const struct ctl_client *c)
{
	size_t place = (size_t)(c - ctl->client);

	return source_pack(SOURCE_CLIENT, (c->since % 0xffffff) * CTL_CLIENTS + place);
}

static void close_client(struct ctl_client *c)
{
	sys_close(&c->fd);
	*c = (struct ctl_client){.fd = -1, .out = c->out};
}

/*
 * A place for a newcomer.  Those who dawdle over a request, or only listen, go before one who asks
 * is turned away: a crowd of half-open connections must not lock an operator out.
 */
static struct ctl_client *make_place(struct ctl *ctl)
{
	struct ctl_client *slow = NULL, *follower = NULL;

	for (size_t i = 0; i < CTL_CLIENTS; i++) {
		struct ctl_client *c = &ctl->client[i];

		if (c->stage == CTL_FREE)
			return c;
		if (c->stage == CTL_REQUEST && (!slow || c->since < slow->since))
			slow = c;
		if (c->follow && (!follower || c->since < follower->since))
			follower = c;
	}
	if (!slow)
		slow = follower;
	if (slow) {
		close_client(slow);
		ctl->refused++;
	}
	return slow;
}

/* A client that cannot be served is told so if its socket takes the line at once. */
static void refuse(struct ctl *ctl, int fd, const char *line)
{
	ctl->refused++;
	(void)sys_write(fd, line, strlen(line));
	sys_close(&fd);
}

static void take_request(struct machine *m, struct ctl_client *c)
{
	ssize_t n = sys_read(c->fd, c->in + c->in_len, CONTROL_REQUEST_MAX - c->in_len);
	char *nl;

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		close_client(c);
		return;
	}
	c->in_len += (size_t)n;
	c->in[c->in_len] = '\0';
	nl = memchr(c->in, '\n', c->in_len);
	if (nl) {
		*nl = '\0';
		c->deadline = INT64_MAX;
		ctl_verb_begin(m, c);
	} else if (c->in_len == CONTROL_REQUEST_MAX) {
		ctl_verb_fail(c, "usage", "the request is longer than a line may be");
	}
}

void ctl_accept(struct machine *m)
{
	struct ctl *ctl = &m->ctl;

	for (int i = 0; i < CTL_CLIENTS; i++) {
		struct ctl_client *c;
		uid_t uid;
		int fd = sys_accept(ctl->listen_fd, &uid);

		if (fd < 0)
			return;
		if (uid != 0) {
			refuse(ctl, fd, "{\"error\":\"only root may ask\",\"code\":\"refused\"}\n");
			continue;
		}
		c = make_place(ctl);
		if (!c) {
			refuse(ctl, fd, "{\"error\":\"too many clients\",\"code\":\"busy\"}\n");
			continue;
		}
		*c = (struct ctl_client){.stage = CTL_REQUEST,
			.fd = fd,
			.out = c->out,
			.events = EPOLLIN,
			.since = ++ctl->served,
			.deadline = m->now + REQUEST_MS};
		if (sys_epoll_ctl(m->epfd, EPOLL_CTL_ADD, fd, EPOLLIN, source_of(ctl, c)) < 0)
			close_client(c);
		else
			take_request(m, c); /* it has mostly been sent by now */
	}
}

void ctl_ready(struct machine *m, size_t i, uint32_t events)
{
	struct ctl_client *c = &m->ctl.client[i % CTL_CLIENTS];

	/* An event of one who had this place before, in the same turn, is nobody's. */
	if (c->stage == CTL_FREE || source_of(&m->ctl, c) != source_pack(SOURCE_CLIENT, i))
		return;
	if (c->stage == CTL_REQUEST) {
		take_request(m, c);
		return;
	}
	/* After its request a client only listens; anything else is its going away. */
	if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		close_client(c);
}

static void send_some(struct ctl_client *c)
{
	while (c->out_sent < c->out_len) {
		ssize_t n = sys_write(c->fd, c->out + c->out_sent, c->out_len - c->out_sent);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n <= 0) {
			close_client(c);
			return;
		}
		c->out_sent += (size_t)n;
	}
	c->out_len = c->out_sent = 0;
	if (c->stage == CTL_LAST)
		close_client(c);
}

static void watch(struct machine *m, struct ctl_client *c, uint32_t events)
{
	if (c->stage == CTL_FREE || events == c->events)
		return;
	c->events = events;
	if (sys_epoll_ctl(m->epfd, EPOLL_CTL_MOD, c->fd, events, source_of(&m->ctl, c)) < 0)
		close_client(c);
}

static void settle_one(struct machine *m, struct ctl_client *c)
{
	if (c->stage == CTL_REQUEST && c->deadline <= m->now) {
		close_client(c);
		return;
	}
	if (c->stage == CTL_REQUEST || c->stage == CTL_FREE)
		return;
	do {
		if (c->stage == CTL_ANSWER && c->out_len == 0)
			ctl_verb_go_on(m, c);
		if (c->out_len == 0)
			break;
		send_some(c);
	} while (c->stage == CTL_ANSWER && c->out_len == 0);
	/* `nc` closes its half after the request: only for a follower does that mean it has gone.
	 */
	watch(m, c, (c->out_len ? EPOLLOUT : 0u) | (c->follow ? EPOLLRDHUP : 0u));
}

void ctl_settle(struct machine *m)
{
	for (size_t i = 0; i < CTL_CLIENTS && m->ctl.client; i++)
		settle_one(m, &m->ctl.client[i]);
}

int64_t ctl_next_deadline(const struct machine *m)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < CTL_CLIENTS && m->ctl.client; i++) {
		const struct ctl_client *c = &m->ctl.client[i];

		if (c->stage != CTL_FREE && c->deadline < next)
			next = c->deadline;
	}
	return next;
}
