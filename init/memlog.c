#include "memlog.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "../lib/text.h"
#include "log.h"
#include "machine.h"
#include "source.h"
#include "sys.h"

enum {
	BYTE_MS = 5000,
	RINGS = 1 + MEMLOG_SOURCES + SCAN_MAX, /* at the most */
	LINE_ROOM = 7600, /* every byte of text and name escaped to \u00xx, and what is around */
	FILLS_A_TURN = 8, /* of one client's buffer */
	READS_A_TURN = 8,
	READ_BYTES = 4096,
};

static int take_memory(struct memlog *l)
{
	char *out = sys_map((size_t)MEMLOG_CLIENTS * MEMLOG_OUT);
	struct memlog_at *at = sys_map(sizeof(*at) * RINGS * MEMLOG_CLIENTS);
	char *rings = sys_map((size_t)MEMLOG_SOURCES * MEMLOG_SOURCE_RING);
	struct memlog_source *source = sys_map(MEMLOG_SOURCES * sizeof(*source));
	struct memlog_client *client = sys_map(MEMLOG_CLIENTS * sizeof(*client));

	if (!out || !at || !rings || !source || !client)
		return -ENOMEM;
	for (size_t i = 0; i < MEMLOG_CLIENTS; i++)
		client[i] = (struct memlog_client){.fd = -1,
			.deadline = INT64_MAX,
			.out = out + i * MEMLOG_OUT,
			.at = at + i * RINGS};
	for (size_t i = 0; i < MEMLOG_SOURCES; i++) {
		source[i].fd = -1;
		ring_init(&source[i].ring, rings + i * MEMLOG_SOURCE_RING, MEMLOG_SOURCE_RING);
	}
	l->source = source;
	l->client = client;
	return 0;
}

int memlog_open(struct machine *m, const char *query, const char *take)
{
	struct memlog *l = &m->memlog;
	int r = l->client ? 0 : take_memory(l);

	l->query_fd = l->take_fd = -1;
	if (r < 0)
		return r;
	r = source_watch(m->epfd, sys_listen(query, 0600), SOURCE_MEMLOG_QUERY, &l->query_fd);
	if (r < 0)
		return r;
	r = source_watch(
		m->epfd, sys_listen_datagrams(take, 0600), SOURCE_MEMLOG_TAKE, &l->take_fd);
	if (r < 0)
		sys_close(&l->query_fd);
	return r;
}

/* The rings, by number: PID 1's own, the sources', the containers'. */

static size_t rings_of(const struct machine *m)
{
	return 1 + MEMLOG_SOURCES + m->pool.n;
}

static const struct ring *ring_number(const struct machine *m, size_t i)
{
	if (i == 0)
		return &m->log;
	if (i <= MEMLOG_SOURCES)
		return &m->memlog.source[i - 1].ring;
	return &m->pool.ctr[i - 1 - MEMLOG_SOURCES].ring;
}

static void name_number(const struct machine *m, size_t i, uint8_t stream, struct text *t)
{
	static const char *const before[CTR_KIND_N] = {
		[CTR_ONBOOT] = "onboot.", [CTR_ONSHUTDOWN] = "shutdown.", [CTR_SERVICE] = ""};
	const struct scan_record *def;

	if (i == 0) {
		text_add(t, "init");
	} else if (i <= MEMLOG_SOURCES) {
		text_add(t, m->memlog.source[i - 1].name);
	} else {
		def = m->pool.ctr[i - 1 - MEMLOG_SOURCES].def;
		text_addf(t, "%s%s%s", def->program ? "" : before[def->kind], def->id,
			stream == RING_OUT ? ".out" : "");
	}
}

/* Clients. */

static void close_client(struct memlog_client *c)
{
	sys_close(&c->fd);
	*c = (struct memlog_client){.fd = -1, .deadline = INT64_MAX, .out = c->out, .at = c->at};
}

static uint64_t source_of(const struct memlog *l, const struct memlog_client *c)
{
	return source_pack(SOURCE_MEMLOG_CLIENT, (size_t)(c - l->client));
}

static void begin_answer(struct machine *m, struct memlog_client *c, unsigned char mode)
{
	if (mode >= MEMLOG_MODE_N) {
		close_client(c);
		return;
	}
	c->stage = MEMLOG_ANSWER;
	c->deadline = INT64_MAX;
	c->follow = mode != MEMLOG_DUMP;
	c->stays = mode == MEMLOG_DUMP_FOLLOW;
	/* Containers that come later are followed from their first line. */
	memset(c->at, 0, rings_of(m) * sizeof(*c->at));
	for (size_t i = 0; mode == MEMLOG_FOLLOW && i < rings_of(m); i++)
		c->at[i].next = ring_last(ring_number(m, i), 0);
}

static void take_byte(struct machine *m, struct memlog_client *c)
{
	unsigned char mode;
	ssize_t n = sys_receive(c->fd, &mode, 1);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n == 1)
		begin_answer(m, c, mode);
	else
		close_client(c);
}

/* Who goes first: one who only says that it will ask, one who does not take its dump, an onlooker.
 */
static int rank(const struct memlog_client *c)
{
	return c->stage == MEMLOG_ASKED ? 0 : c->follow ? 2 : 1;
}

/*
 * Of a rank the one that came first goes, before a newcomer is turned away.  What writes logs to a
 * disk never does, as it would not come back; so onlookers must not keep it out either.
 */
static struct memlog_client *make_place(struct memlog *l)
{
	struct memlog_client *go = NULL;

	for (size_t i = 0; i < MEMLOG_CLIENTS; i++) {
		struct memlog_client *c = &l->client[i];

		if (c->stage == MEMLOG_FREE)
			return c;
		if (!c->stays && (!go || rank(c) < rank(go) ||
					 (rank(c) == rank(go) && c->since < go->since)))
			go = c;
	}
	if (go)
		close_client(go);
	return go;
}

void memlog_accept(struct machine *m)
{
	struct memlog *l = &m->memlog;

	for (int i = 0; i < MEMLOG_CLIENTS; i++) {
		struct memlog_client *c;
		uid_t uid;
		int fd = sys_accept(l->query_fd, &uid);

		if (fd < 0)
			return;
		c = uid == 0 ? make_place(l) : NULL;
		if (!c) {
			l->refused++;
			sys_close(&fd);
			continue;
		}
		c->stage = MEMLOG_ASKED;
		c->fd = fd;
		c->events = EPOLLIN;
		c->since = ++l->served;
		c->deadline = m->now + BYTE_MS;
		if (sys_epoll_ctl(m->epfd, EPOLL_CTL_ADD, fd, EPOLLIN, source_of(l, c)) < 0)
			close_client(c);
		else
			take_byte(m, c); /* it has mostly been sent by now */
	}
}

void memlog_client_ready(struct machine *m, size_t i, uint32_t events)
{
	struct memlog_client *c = &m->memlog.client[i % MEMLOG_CLIENTS];
	char more[64];
	ssize_t n;

	if (c->stage == MEMLOG_FREE)
		return;
	if (c->stage == MEMLOG_ASKED) {
		take_byte(m, c);
		return;
	}
	/*
	 * One that has asked for a dump may close its half at once.  The event may be that of
	 * another who had the place before, in the same turn; the socket itself knows.
	 */
	if (!c->follow && !(events & (EPOLLHUP | EPOLLERR)))
		return;
	n = sys_receive(c->fd, more, sizeof(more));
	if (n <= 0 && n != -EAGAIN && n != -EINTR)
		close_client(c);
}

/* Lines. */

static void add_time(struct text *t, int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)gmtime_r(&s, &tm);
	text_addf(t, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(wall_ms % 1000));
}

/* The rest of a line, as far as it is there; of it no more than a record holds, as with memlogd. */
static void join(const struct ring *r, struct memlog_at *at, struct ring_record *rec)
{
	static struct ring_record next;
	struct ring_cursor look = at->next;
	uint64_t lost;

	while (rec->partial && ring_next(r, &look, &next, &lost)) {
		size_t n = (size_t)(RING_RECORD_MAX - rec->len);

		if (next.stream != rec->stream)
			continue;
		n = next.len < n ? next.len : n;
		memcpy(rec->text + rec->len, next.text, n);
		rec->len = (uint16_t)(rec->len + n);
		rec->partial = next.partial;
		at->joined[rec->stream] = next.seq + 1;
	}
}

static void add_line(const struct machine *m, size_t i, const struct ring_record *rec, int64_t wall,
	struct text *t)
{
	char name[MEMLOG_NAME_MAX + 16];
	struct text n = text_in(name, sizeof(name));

	name_number(m, i, rec->stream, &n);
	text_add(t, "{\"time\":\"");
	add_time(t, wall + rec->time_ms);
	text_add(t, "\",\"source\":");
	text_add_json(t, n.buf, n.len);
	text_add(t, ",\"msg\":");
	text_add_json(t, rec->text, rec->len);
	text_add(t, "}\n");
}

/* The ring whose next record is the oldest; false when the client has seen everything. */
static bool oldest(const struct machine *m, struct memlog_client *c, size_t *ret_i)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < rings_of(m); i++) {
		int64_t at;

		if (!ring_peek(ring_number(m, i), &c->at[i].next, &at) || at >= first)
			continue;
		first = at;
		*ret_i = i;
	}
	return first != INT64_MAX;
}

/*
 * What was stamped is the monotonic clock.  The wall clock is taken anew only when it has been set:
 * a millisecond's difference between two readings would put lines out of order.
 */
static void see_wall(struct memlog_client *c)
{
	int64_t wall = sys_realtime_ms() - sys_now_ms();

	if (wall - c->wall > 1000 || c->wall - wall > 1000)
		c->wall = wall;
}

static void fill(struct machine *m, struct memlog_client *c)
{
	static struct ring_record rec;
	struct text t = text_in(c->out, MEMLOG_OUT);
	size_t i = 0;

	see_wall(c);
	c->more = true;
	while (t.size - t.len > LINE_ROOM) {
		struct memlog_at *at;
		uint64_t lost;

		c->more = oldest(m, c, &i);
		if (!c->more)
			break;
		at = &c->at[i];
		(void)ring_next(ring_number(m, i), &at->next, &rec, &lost);
		if (rec.seq < at->joined[rec.stream])
			continue;
		join(ring_number(m, i), at, &rec);
		add_line(m, i, &rec, c->wall, &t);
	}
	c->out_len = t.len;
}

/* False when it has to be waited for, or is gone. */
static bool send_some(struct memlog_client *c)
{
	while (c->out_sent < c->out_len) {
		ssize_t n = sys_write(c->fd, c->out + c->out_sent, c->out_len - c->out_sent);

		if (n == -EAGAIN || n == -EINTR)
			return false;
		if (n <= 0) {
			close_client(c);
			return false;
		}
		c->out_sent += (size_t)n;
	}
	c->out_len = c->out_sent = 0;
	return true;
}

static void settle_one(struct machine *m, struct memlog_client *c)
{
	uint32_t events;

	if (c->stage == MEMLOG_ASKED && c->deadline <= m->now)
		close_client(c);
	if (c->stage != MEMLOG_ANSWER)
		return;
	for (int i = 0; i < FILLS_A_TURN; i++) {
		if (c->out_len == 0)
			fill(m, c);
		if (!send_some(c) || !c->more)
			break;
	}
	if (c->stage == MEMLOG_FREE)
		return;
	if (!c->out_len && !c->more && !c->follow) {
		close_client(c); /* the end of a dump */
		return;
	}
	events = (c->out_len || c->more ? EPOLLOUT : 0u) | (c->follow ? EPOLLIN | EPOLLRDHUP : 0u);
	if (events == c->events)
		return;
	c->events = events;
	if (sys_epoll_ctl(m->epfd, EPOLL_CTL_MOD, c->fd, events, source_of(&m->memlog, c)) < 0)
		close_client(c);
}

void memlog_settle(struct machine *m)
{
	for (size_t i = 0; i < MEMLOG_CLIENTS && m->memlog.client; i++)
		settle_one(m, &m->memlog.client[i]);
}

int64_t memlog_next_deadline(const struct machine *m)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < MEMLOG_CLIENTS && m->memlog.client; i++) {
		if (m->memlog.client[i].deadline < next)
			next = m->memlog.client[i].deadline;
	}
	return next;
}

/* Sources. */

/*
 * The sender may hold the same socket, and would keep it in epoll's set: it is taken out by name.
 */
static void close_source(struct machine *m, struct memlog_source *s)
{
	(void)sys_epoll_ctl(m->epfd, EPOLL_CTL_DEL, s->fd, 0, 0);
	sys_close(&s->fd);
}

/* Its own old place, an unused one, or that of the one that was there first; not a live one. */
static struct memlog_source *place_of(struct memlog *l, const char *name)
{
	struct memlog_source *place = NULL;

	for (size_t i = 0; i < MEMLOG_SOURCES; i++) {
		struct memlog_source *s = &l->source[i];

		if (s->fd >= 0)
			continue;
		if (s->since && strcmp(s->name, name) == 0)
			return s;
		if (!place || s->since < place->since)
			place = s;
	}
	return place;
}

static void add_source(struct machine *m, const char *name, int fd)
{
	struct memlog *l = &m->memlog;
	struct memlog_source *s = place_of(l, name);
	size_t i = s ? (size_t)(s - l->source) : 0;

	if (!s || sys_epoll_ctl(m->epfd, EPOLL_CTL_ADD, fd, EPOLLIN,
			  source_pack(SOURCE_MEMLOG_SOURCE, i)) < 0) {
		l->refused++;
		log_warn("log source %s: refused; %d are there", name, MEMLOG_SOURCES);
		sys_close(&fd);
		return;
	}
	if (strcmp(s->name, name) != 0)
		ring_forget(&s->ring);
	s->fd = fd;
	s->since = ++l->served;
	memcpy(s->name, name, strlen(name) + 1);
}

void memlog_take(struct machine *m)
{
	for (int i = 0; i < MEMLOG_SOURCES; i++) {
		char name[MEMLOG_NAME_MAX];
		int fd = -1;
		ssize_t n = sys_receive_fd(m->memlog.take_fd, name, sizeof(name) - 1, &fd);

		if (n < 0)
			return;
		if (fd < 0)
			continue; /* without one it says nothing */
		name[n] = '\0';
		add_source(m, name, fd);
	}
}

void memlog_source_ready(struct machine *m, size_t i)
{
	struct memlog_source *s = &m->memlog.source[i % MEMLOG_SOURCES];
	static char buf[READ_BYTES];

	for (int k = 0; k < READS_A_TURN && s->fd >= 0; k++) {
		ssize_t n = sys_receive(s->fd, buf, sizeof(buf));

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n <= 0)
			close_source(m, s);
		else
			ring_write(&s->ring, m->now, RING_OUT, buf, (size_t)n);
	}
}
