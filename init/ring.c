#include "ring.h"

#include <string.h>

struct header {
	int64_t time_ms;
	uint16_t len;
	uint8_t stream;
	uint8_t partial;
	uint32_t reserved;
};

/* Records start at multiples of 8, so a header is never torn at the ring's end more than once. */
static uint64_t space_of(uint16_t len)
{
	return (sizeof(struct header) + len + 7u) & ~(uint64_t)7;
}

static void copy_in(struct ring *r, uint64_t at, const void *from, size_t n)
{
	size_t off = at & (r->size - 1);
	size_t first = n < r->size - off ? n : r->size - off;

	memcpy(r->bytes + off, from, first);
	memcpy(r->bytes, (const char *)from + first, n - first);
}

static void copy_out(const struct ring *r, uint64_t at, void *to, size_t n)
{
	size_t off = at & (r->size - 1);
	size_t first = n < r->size - off ? n : r->size - off;

	memcpy(to, r->bytes + off, first);
	memcpy((char *)to + first, r->bytes, n - first);
}

void ring_init(struct ring *r, void *bytes, uint32_t size)
{
	*r = (struct ring){.bytes = bytes, .size = size};
}

/* What the record stands for in the output it was made of. */
static uint64_t bytes_of(const struct header *h)
{
	return h->len + (h->partial ? 0u : 1u);
}

static void make_room(struct ring *r, uint64_t need)
{
	while (r->head + need - r->tail > r->size) {
		struct header h;

		copy_out(r, r->tail, &h, sizeof(h));
		r->tail += space_of(h.len);
		r->first_seq++;
		r->dropped += bytes_of(&h);
	}
}

static void add_record(struct ring *r, struct header h, const char *text)
{
	r->taken += bytes_of(&h);
	if (!r->bytes) {
		r->dropped += bytes_of(&h);
		return;
	}
	make_room(r, space_of(h.len));
	copy_in(r, r->head, &h, sizeof(h));
	copy_in(r, r->head + sizeof(h), text, h.len);
	r->head += space_of(h.len);
	r->next_seq++;
}

void ring_write(struct ring *r, int64_t now_ms, enum ring_stream s, const char *text, size_t len)
{
	while (len) {
		const char *nl = memchr(text, '\n', len < RING_RECORD_MAX ? len : RING_RECORD_MAX);
		size_t n = nl ? (size_t)(nl - text) : len;

		if (n > RING_RECORD_MAX)
			n = RING_RECORD_MAX;
		add_record(r,
			(struct header){.time_ms = now_ms,
				.len = (uint16_t)n,
				.stream = (uint8_t)s,
				.partial = nl == NULL},
			text);
		n += nl != NULL;
		text += n;
		len -= n;
	}
}

void ring_line(struct ring *r, int64_t now_ms, enum ring_stream s, const char *text, size_t len)
{
	if (len > RING_RECORD_MAX)
		len = RING_RECORD_MAX;
	add_record(r,
		(struct header){.time_ms = now_ms, .len = (uint16_t)len, .stream = (uint8_t)s},
		text);
}

struct ring_cursor ring_oldest(const struct ring *r)
{
	return (struct ring_cursor){.at = r->tail, .seq = r->first_seq};
}

struct ring_cursor ring_last(const struct ring *r, uint64_t lines)
{
	struct ring_cursor c = ring_oldest(r);

	while (r->next_seq - c.seq > lines) {
		struct header h;

		copy_out(r, c.at, &h, sizeof(h));
		c.at += space_of(h.len);
		c.seq++;
	}
	return c;
}

bool ring_peek(const struct ring *r, const struct ring_cursor *c, int64_t *ret_time_ms)
{
	uint64_t at = c->at < r->tail ? r->tail : c->at;
	struct header h;

	if (at == r->head)
		return false;
	copy_out(r, at, &h, sizeof(h));
	*ret_time_ms = h.time_ms;
	return true;
}

void ring_forget(struct ring *r)
{
	r->tail = r->head;
	r->first_seq = r->next_seq;
}

bool ring_next(const struct ring *r, struct ring_cursor *c, struct ring_record *ret_rec,
	uint64_t *ret_lost)
{
	struct header h;

	*ret_lost = 0;
	if (c->at < r->tail) {
		*ret_lost = r->first_seq - c->seq;
		*c = ring_oldest(r);
	}
	if (c->at == r->head)
		return false;

	copy_out(r, c->at, &h, sizeof(h));
	ret_rec->time_ms = h.time_ms;
	ret_rec->seq = c->seq;
	ret_rec->len = h.len;
	ret_rec->stream = h.stream;
	ret_rec->partial = h.partial;
	copy_out(r, c->at + sizeof(h), ret_rec->text, h.len);
	c->at += space_of(h.len);
	c->seq++;
	return true;
}
