/* Content of an EROFS: plain, with its end beside the inode, or in blocks of LZ4. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <lz4.h>

#include "erofs.h"
#include "mem.h"

enum layout {
	PLAIN,
	PACKED_FULL, /* an index of 8 bytes for each cluster */
	INLINE,      /* the end lies behind the inode */
	PACKED,      /* an index of 4 or 2 bytes */
};

enum {
	/* The header of packed content. */
	HEAD = 8,
	HEAD_ADVICE = 4,
	ADVICE_2B = 1,
	HEAD_ALGORITHM = 6,
	HEAD_CLUSTER = 7,
	/* The index. */
	FULL_INDEX = 8,
	FULL_GAP = 8,  /* behind the header, for old kernels */
	PACK_BIG = 32, /* bytes of 16 entries of 2 */
	LOW_BITS = 12,
	EXPANSION = 255, /* what LZ4 makes of one byte at most */
};

enum type {
	STORED, /* begins a stretch that is not compressed */
	BEGIN,  /* begins one that is */
	GOES_ON,
	BEGIN_OTHER, /* with another algorithm */
};

/* A cluster of the content: what of its begins where. */
struct cluster {
	enum type type;
	uint64_t start; /* of the stretch, in the content */
	uint64_t block; /* where it lies */
};

struct erofs_reader {
	const struct erofs *e;
	const struct erofs_inode *f;
	uint64_t at;          /* of what is handed out next */
	uint64_t n;           /* the cluster behind `next` */
	struct cluster next;  /* where the next stretch begins */
	uint64_t index;       /* byte where the index begins */
	uint64_t n_big, n_2b; /* PACKED: entries before those of 2 bytes, and of these */
	uint8_t *buf;         /* the stretch that is handed out */
	size_t have, used;
};

static uint64_t align(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint64_t block_size(const struct erofs *e)
{
	return UINT64_C(1) << e->block_bits;
}

static uint64_t count_clusters(const struct erofs_reader *r)
{
	return r->f->size / block_size(r->e) + (r->f->size % block_size(r->e) != 0);
}

/* ------------------------------------------------------------------ the index */

/* How the entries of 2 bytes, 16 together and aligned, stand among those of 4. */
static void plan_index(struct erofs_reader *r, unsigned advice)
{
	uint64_t all = count_clusters(r);

	if (r->f->layout == PACKED_FULL) {
		r->index = align(r->f->after, 8) + HEAD + FULL_GAP;
		return;
	}
	r->index = align(r->f->after, 8) + HEAD;
	r->n_big = (PACK_BIG - r->index % PACK_BIG) / 4 & 7;
	if ((advice & ADVICE_2B) && r->n_big < all)
		r->n_2b = (all - r->n_big) / 16 * 16;
}

static int read_head(struct erofs_reader *r)
{
	uint64_t head = align(r->f->after, 8);
	unsigned advice;

	if (!erofs_is_there(r->e, head, HEAD))
		return erofs_bad(r->e, r->f->number, "its index lies beyond the end");
	advice = (unsigned)erofs_get(r->e, head + HEAD_ADVICE, 2);
	if ((advice & ~(unsigned)ADVICE_2B) || erofs_get(r->e, head + HEAD_ALGORITHM, 1) != 0 ||
		erofs_get(r->e, head + HEAD_CLUSTER, 1) != 0)
		return erofs_bad(r->e, r->f->number, "compressed in a way that is not known here");
	plan_index(r, advice);
	return 0;
}

/* Where a short entry stands: a pack of `count`, each of `bytes`, and a block's number behind. */
struct pack {
	uint64_t at;
	unsigned count, bits, i;
};

static struct pack find_pack(const struct erofs_reader *r, uint64_t n)
{
	uint64_t at = r->index;
	unsigned bytes = 4, count = 2;

	if (n >= r->n_big && n < r->n_big + r->n_2b) {
		at += 4 * r->n_big + 2 * (n - r->n_big);
		bytes = 2;
		count = 16;
	} else if (n >= r->n_big) {
		at += 4 * (n - r->n_2b) + 2 * r->n_2b;
	} else {
		at += 4 * n;
	}
	return (struct pack){
		.at = at / (bytes * count) * (bytes * count),
		.count = count,
		.bits = (bytes * count - 4) * 8 / count,
		.i = (unsigned)(at % (bytes * count)) / bytes,
	};
}

/* An entry's lower bits and, above them, its type. */
static unsigned pack_entry(
	const struct erofs_reader *r, const struct pack *p, int i, enum type *ret)
{
	unsigned bit = p->bits * (unsigned)i;
	uint32_t v = (uint32_t)erofs_get(r->e, p->at + bit / 8, 4) >> bit % 8;

	*ret = (enum type)(v >> LOW_BITS & 3);
	return v & ((1 << LOW_BITS) - 1);
}

/* The block's number is that before the pack; each stretch that begins in it takes one. */
static uint64_t pack_block(const struct erofs_reader *r, const struct pack *p)
{
	uint64_t block = erofs_get(r->e, p->at + p->count * p->bits / 8, 4) + 1;
	enum type type;

	for (int i = (int)p->i; i > 0;) {
		unsigned back = pack_entry(r, p, --i, &type);

		if (type == GOES_ON)
			i -= (int)back;
		if (i >= 0)
			block++;
	}
	return block;
}

static int read_short(
	const struct erofs_reader *r, uint64_t n, unsigned *ret_in, struct cluster *ret)
{
	const struct pack p = find_pack(r, n);

	if (!erofs_is_there(r->e, p.at, p.count * p.bits / 8 + 4))
		return erofs_bad(r->e, r->f->number, "its index reaches beyond the end");
	*ret_in = pack_entry(r, &p, (int)p.i, &ret->type);
	ret->block = ret->type == GOES_ON ? 0 : pack_block(r, &p);
	return 0;
}

static int read_full(
	const struct erofs_reader *r, uint64_t n, unsigned *ret_in, struct cluster *ret)
{
	uint64_t at = r->index + FULL_INDEX * n;

	if (!erofs_is_there(r->e, at, FULL_INDEX))
		return erofs_bad(r->e, r->f->number, "its index reaches beyond the end");
	ret->type = (enum type)(erofs_get(r->e, at, 2) & 3);
	*ret_in = (unsigned)erofs_get(r->e, at + 2, 2);
	ret->block = erofs_get(r->e, at + 4, 4);
	return 0;
}

/* Cluster n; behind the last one the content ends. */
static int read_cluster(const struct erofs_reader *r, uint64_t n, struct cluster *ret)
{
	unsigned in = 0;
	int e;

	*ret = (struct cluster){.start = r->f->size};
	if (n >= count_clusters(r))
		return 0;
	e = r->f->layout == PACKED_FULL ? read_full(r, n, &in, ret) : read_short(r, n, &in, ret);
	if (e < 0 || ret->type == GOES_ON)
		return e;
	if (ret->type == BEGIN_OTHER || in >= block_size(r->e))
		return erofs_bad(r->e, r->f->number, "its index is no index");
	ret->start = n * block_size(r->e) + in;
	return 0;
}

/* ------------------------------------------------------------------ stretches */

static int find_next(struct erofs_reader *r)
{
	int e;

	do {
		e = read_cluster(r, r->n, &r->next);
		r->n++;
	} while (e == 0 && r->next.type == GOES_ON);
	return e;
}

/* How long the compressed bytes are is not written anywhere: to the block's end, or as it takes. */
static int expand(struct erofs_reader *r, const uint8_t *in)
{
	int n = (int)block_size(r->e), skip = 0, have = (int)r->have;

	while (r->e->is_at_end && skip < n && in[skip] == 0)
		skip++;
	if (LZ4_decompress_safe_partial(
		    (const char *)in + skip, (char *)r->buf, n - skip, have, have) == have)
		return 0;
	return erofs_bad(r->e, r->f->number, "cannot be decompressed");
}

static int next_packed(struct erofs_reader *r)
{
	const struct cluster now = r->next;
	const uint64_t most = block_size(r->e) * (now.type == STORED ? 1 : EXPANSION);

	if (now.start != r->at || find_next(r) < 0)
		return erofs_bad(r->e, r->f->number, "its content has a gap");
	if (r->next.start <= now.start || r->next.start - now.start > most)
		return erofs_bad(r->e, r->f->number, "a block of it cannot be that long");
	if (now.block > r->e->size >> r->e->block_bits ||
		!erofs_is_there(r->e, now.block << r->e->block_bits, block_size(r->e)))
		return erofs_bad(r->e, r->f->number, "its content lies beyond the end");
	r->have = (size_t)(r->next.start - now.start);
	r->used = 0;
	if (now.type == BEGIN)
		return expand(r, r->e->data + (now.block << r->e->block_bits));
	memcpy(r->buf, r->e->data + (now.block << r->e->block_bits), r->have);
	return 0;
}

/* A block, or the end. */
static int next_plain(struct erofs_reader *r)
{
	uint64_t left = r->f->size - r->at, n = block_size(r->e), from;

	from = (r->f->block << r->e->block_bits) + r->at;
	if (left <= n && r->f->layout == INLINE)
		from = r->f->after;
	if (left < n)
		n = left;
	if (!erofs_is_there(r->e, from, n))
		return erofs_bad(r->e, r->f->number, "its content lies beyond the end");
	memcpy(r->buf, r->e->data + from, n);
	r->have = n;
	r->used = 0;
	return 0;
}

/* ------------------------------------------------------------------ reading */

static bool is_packed(const struct erofs_inode *f)
{
	return f->layout == PACKED || f->layout == PACKED_FULL;
}

struct erofs_reader *erofs_reader_new(const struct erofs *e, const struct erofs_inode *f)
{
	struct erofs_reader *r = mem_new(sizeof(*r));

	r->e = e;
	r->f = f;
	r->buf = mem_new(block_size(e) * (is_packed(f) ? EXPANSION : 1));
	if (f->layout > PACKED)
		(void)erofs_bad(e, f->number, "its content lies in a way that is not known here");
	else if (!is_packed(f) || f->size == 0 || (read_head(r) == 0 && find_next(r) == 0))
		return r;
	erofs_reader_free(r);
	return NULL;
}

void erofs_reader_free(struct erofs_reader *r)
{
	if (r)
		free(r->buf);
	free(r);
}

ssize_t erofs_read_next(struct erofs_reader *r, void *buf, size_t size)
{
	size_t n;

	if (r->at >= r->f->size)
		return 0;
	if (r->used == r->have && (is_packed(r->f) ? next_packed(r) : next_plain(r)) < 0)
		return -1;
	n = r->have - r->used < size ? r->have - r->used : size;
	memcpy(buf, r->buf + r->used, n);
	r->used += n;
	r->at += n;
	return (ssize_t)n;
}
