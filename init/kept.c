#include "kept.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAGIC_TEXT = 0x6e6c4701,
	MAGIC_PIECE = 0x6e6c5701,
};

/* IEEE 802.3, four bits at a time: a few kilobytes in a turn are all there is. */
static uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t of[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190,
		0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const uint8_t *p = data;

	crc = ~crc;
	for (; len--; p++) {
		crc = of[(crc ^ *p) & 15] ^ crc >> 4;
		crc = of[(crc ^ *p >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

static uint32_t sum_of(const struct kept_head *h, const char *text)
{
	const size_t from = offsetof(struct kept_head, seq);

	return crc32(crc32(0, (const char *)h + from, sizeof(*h) - from), text, h->len);
}

void kept_load(void *to, const void *ram, size_t at, size_t len)
{
	const volatile uint32_t *from = (const volatile uint32_t *)ram + at / 4;

	for (size_t i = 0; i < len; i += 4) {
		uint32_t word = from[i / 4];

		memcpy((char *)to + i, &word, len - i < 4 ? len - i : 4);
	}
}

void kept_store(void *ram, size_t at, const void *from, size_t len)
{
	volatile uint32_t *to = (volatile uint32_t *)ram + at / 4;

	for (size_t i = 0; i < len; i += 4) {
		uint32_t word = 0;

		memcpy(&word, (const char *)from + i, len - i < 4 ? len - i : 4);
		to[i / 4] = word;
	}
}

/* The text of a head at `at` that is whole; NULL when none is. */
static const char *whole(
	const void *ram, size_t at, uint32_t magic, size_t max, struct kept_head *ret)
{
	const char *text = (const char *)ram + at + KEPT_HEAD;

	memcpy(ret, (const char *)ram + at, sizeof(*ret));
	if (ret->magic != magic || ret->len > max || at + KEPT_HEAD + ret->len > KEPT_SIZE)
		return NULL;
	return sum_of(ret, text) == ret->crc ? text : NULL;
}

/* Numbers go round: the later one is less than half the way ahead. */
static bool is_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

const char *kept_text(const void *ram, uint32_t *ret_seq, size_t *ret_len)
{
	const char *newest = NULL;

	for (size_t at = 0; at < KEPT_WORDS; at += KEPT_COPY) {
		struct kept_head h;
		const char *text = whole(ram, at, MAGIC_TEXT, KEPT_TEXT_MAX, &h);

		if (!text || (newest && !is_later(h.seq, *ret_seq)))
			continue;
		newest = text;
		*ret_seq = h.seq;
		*ret_len = h.len;
	}
	return newest;
}

static size_t put(void *buf, struct kept_head *head, const char *text)
{
	head->crc = sum_of(head, text);
	memcpy(buf, head, sizeof(*head));
	memcpy((char *)buf + sizeof(*head), text, head->len);
	return sizeof(*head) + head->len;
}

size_t kept_put_text(void *buf, uint32_t seq, const char *text, size_t len, size_t *ret_at)
{
	struct kept_head head = {.magic = MAGIC_TEXT, .seq = seq};

	head.len = (uint32_t)(len < KEPT_TEXT_MAX ? len : KEPT_TEXT_MAX);
	*ret_at = seq % 2 * KEPT_COPY;
	return put(buf, &head, text);
}

size_t kept_put_piece(
	void *buf, struct kept_head head, const char *text, size_t *at, size_t *ret_at)
{
	size_t size;

	head.magic = MAGIC_PIECE;
	head.len = head.len < KEPT_PIECE_MAX ? head.len : KEPT_PIECE_MAX;
	size = (KEPT_HEAD + head.len + KEPT_ALIGN - 1) & ~(size_t)(KEPT_ALIGN - 1);
	if (*at < KEPT_WORDS || *at + size > KEPT_SIZE)
		*at = KEPT_WORDS;
	*ret_at = *at;
	*at += size;
	return put(buf, &head, text);
}

static int by_seq(const void *a, const void *b)
{
	const struct kept_piece *x = a, *y = b;

	return x->seq == y->seq ? 0 : is_later(x->seq, y->seq) ? 1 : -1;
}

size_t kept_pieces(const void *ram, uint32_t boot, struct kept_piece *ret, size_t max)
{
	struct kept_head h;
	size_t n = 0, first;

	for (size_t at = KEPT_WORDS; at + KEPT_HEAD <= KEPT_SIZE && n < max; at += KEPT_ALIGN) {
		const char *text = whole(ram, at, MAGIC_PIECE, KEPT_PIECE_MAX, &h);

		if (text && h.boot == boot)
			ret[n++] = (struct kept_piece){h.seq, h.time_ms, h.len, text};
	}
	if (n == 0)
		return 0;
	qsort(ret, n, sizeof(*ret), by_seq);
	for (first = n - 1; first > 0 && ret[first - 1].seq + 1 == ret[first].seq; first--)
		continue;
	memmove(ret, ret + first, (n - first) * sizeof(*ret));
	return n - first;
}
