/*
 * The ring of a container's output: writers and one reader.  Each step is a byte (what), a byte
 * (how much), and the text.  Of each record the reader gets it or is told that it is lost.
 */
#include "../../init/ring.h"
#include "fuzz.h"

enum {
	SIZE = 4096,
};

static void read_some(const struct ring *r, struct ring_cursor *c, unsigned n, uint64_t *seen)
{
	static struct ring_record rec;
	uint64_t lost;

	while (n--) {
		bool more = ring_next(r, c, &rec, &lost);

		*seen += lost;
		if (!more)
			return;
		MUST(rec.len <= RING_RECORD_MAX && rec.stream <= RING_SYS && rec.seq == *seen);
		MUST(!memchr(rec.text, '\n', rec.len) || rec.stream == RING_SYS);
		(*seen)++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct ring_cursor c, last;
	struct ring r;
	uint64_t seen = 0;
	void *bytes = malloc(SIZE);

	MUST(bytes);
	ring_init(&r, bytes, SIZE);
	c = ring_oldest(&r);
	while (in.left) {
		unsigned what = input_byte(&in);
		size_t want = (size_t)input_byte(&in) * (what & 16 ? 16 : 1), len;
		const char *text = input_bytes(&in, want, &len);

		if (what & 4)
			ring_line(&r, 1, RING_SYS, text, len);
		else
			ring_write(&r, 1, what & 8 ? RING_ERR : RING_OUT, text, len);
		if (what & 1)
			read_some(&r, &c, what >> 5, &seen);
		MUST(r.head - r.tail <= r.size && r.head >= r.tail);
	}
	read_some(&r, &c, ~0u, &seen);
	MUST(seen == r.next_seq);
	last = ring_last(&r, 3);
	MUST(r.next_seq - last.seq <= 3);
	free(bytes);
	return 0;
}
