#include "remember.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "sys.h"

/* For the handlers: where to write, and what a line begins with. */
static struct {
	volatile sig_atomic_t ready, done;
	struct remember *to;
	char head[96];
	size_t head_len;
} handler;

void remember_open(struct remember *r, const struct ledger *found, uint64_t ram)
{
	*r = (struct remember){.fd = -1, .seq = found->seq};
	r->line.boots = found->boots + 1;
	r->line.bad = found->bad_boots;
	if (found->store == LEDGER_RAM)
		r->ram = sys_map_physical(ram, KEPT_SIZE);
	else if (found->store == LEDGER_LOG)
		r->fd = sys_open(REMEMBER_PMSG, O_WRONLY);
}

bool remember_works(const struct remember *r)
{
	return r->ram || r->fd >= 0;
}

static void put_line(struct remember *r, const char *line, size_t len)
{
	char buf[KEPT_COPY];
	size_t at, n;

	if (!r->ram) {
		(void)sys_write(r->fd, line, len);
		return;
	}
	n = kept_put_text(buf, ++r->seq, line, len, &at);
	kept_store(r->ram, at, buf, n);
}

static void prepare_handler(struct remember *r)
{
	struct text head = text_in(handler.head, sizeof(handler.head));

	ledger_write_head(&head, &r->line);
	handler.head_len = head.len;
	handler.to = r;
	handler.ready = 1;
}

void remember_line(struct remember *r)
{
	char line[LEDGER_LINE_MAX];
	struct text t = text_in(line, sizeof(line));

	if (!remember_works(r))
		return;
	handler.ready = 0;
	ledger_write(&t, &r->line);
	put_line(r, t.buf, t.len);
	prepare_handler(r);
}

void remember_in_handler(const char *rest, size_t len)
{
	char line[LEDGER_LINE_MAX];

	if (!handler.ready || handler.head_len + len > sizeof(line))
		return;
	memcpy(line, handler.head, handler.head_len);
	memcpy(line + handler.head_len, rest, len);
	put_line(handler.to, line, handler.head_len + len);
	handler.done = 1;
}

bool remember_was_handled(void)
{
	bool was = handler.done;

	handler.done = 0;
	return was;
}

void remember_settle(struct remember *r, int64_t now_ms)
{
	static char piece[KEPT_HEAD + KEPT_PIECE_MAX], text[KEPT_PIECE_MAX];
	struct kept_head head = {.boot = r->line.boots, .time_ms = (uint32_t)now_ms};
	size_t at, n;

	if (!r->ram || r->words.head == r->words.tail)
		return;
	head.len = (uint32_t)words_take(&r->words, text);
	head.seq = r->pieces++;
	n = kept_put_piece(piece, head, text, &r->at, &at);
	kept_store(r->ram, at, piece, n);
}
