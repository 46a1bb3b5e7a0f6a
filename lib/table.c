#include "table.h"

#include <errno.h>
#include <string.h>

#include "little.h"
#include "text.h"

/* Offsets: MBR (UEFI 2.10 table 5.1). */
enum {
	MBR_DISK_ID = 440,
	MBR_PART = 446,
	MBR_PART_SIZE = 16,
	MBR_SIGNATURE = 510,
	MBR_STATUS = 0,
	MBR_TYPE = 4,
	MBR_FIRST = 8,
	MBR_SECTORS = 12,
	MBR_TYPE_GPT = 0xee,
	MBR_ACTIVE = 0x80,
};

/* GPT header (table 5.5) and entry (table 5.6). */
enum {
	GPT_HEADER_SIZE = 12,
	GPT_CRC = 16,
	GPT_MY_LBA = 24,
	GPT_OTHER_LBA = 32,
	GPT_FIRST_USABLE = 40,
	GPT_LAST_USABLE = 48,
	GPT_ENTRIES_LBA = 72,
	GPT_ENTRIES_N = 80,
	GPT_ENTRY_SIZE = 84,
	GPT_ENTRIES_CRC = 88,
	GPT_ENTRY = 128,
	GPT_ENTRIES = 128,
	GPT_UUID = 16,
	GPT_FIRST = 32,
	GPT_LAST = 40,
	GPT_NAME = 56,
	/* The entries lie behind the header, or behind that place. */
	GPT_PLACE_A = 2,
	GPT_PLACE_B = GPT_PLACE_A + TABLE_ENTRIES,
	GPT_PLACES_END = GPT_PLACE_B + TABLE_ENTRIES,
};

uint32_t table_crc32(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint32_t crc = ~UINT32_C(0);

	while (n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static uint32_t header_crc(const uint8_t *header)
{
	uint8_t copy[TABLE_SECTOR];

	memcpy(copy, header, sizeof(copy));
	put32(copy + GPT_CRC, 0);
	return table_crc32(copy, get32(header + GPT_HEADER_SIZE));
}

/* A GUID's text: the first three groups are little-endian. */
static void print_guid(const uint8_t g[16], char ret[TABLE_NAME])
{
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	struct text t = text_in(ret, TABLE_NAME);

	for (size_t i = 0; i < 16; i++)
		text_addf(&t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			g[order[i]]);
}

static bool header_ok(const uint8_t *h, uint64_t disk)
{
	uint32_t size = get32(h + GPT_HEADER_SIZE);

	return memcmp(h, "EFI PART", 8) == 0 && size >= 92 && size <= TABLE_SECTOR &&
	       get32(h + GPT_CRC) == header_crc(h) && get64(h + GPT_MY_LBA) == 1 &&
	       get32(h + GPT_ENTRIES_N) == GPT_ENTRIES && get32(h + GPT_ENTRY_SIZE) == GPT_ENTRY &&
	       disk > GPT_PLACES_END && get64(h + GPT_ENTRIES_LBA) >= GPT_PLACE_A &&
	       get64(h + GPT_ENTRIES_LBA) < disk - TABLE_ENTRIES;
}

static int take_entry(struct table *t, unsigned i)
{
	static const uint8_t unused[16];
	const uint8_t *e = t->entries + (size_t)i * GPT_ENTRY;
	struct table_part *p = &t->part[t->n];
	uint64_t first = get64(e + GPT_FIRST), last = get64(e + GPT_LAST);

	if (memcmp(e, unused, 16) == 0 || t->n == TABLE_PARTS)
		return 0;
	if (first > last || last >= t->disk)
		return -EBADMSG;
	*p = (struct table_part){.number = i + 1, .first = first, .sectors = last - first + 1};
	memcpy(p->guid, e + GPT_UUID, sizeof(p->guid));
	print_guid(p->guid, p->uuid);
	for (size_t c = 0; c < TABLE_NAME - 1; c++) {
		unsigned u = get16(e + GPT_NAME + 2 * c);

		p->name[c] = (char)(u >= 0x7f || (u && u < ' ') ? '?' : u);
	}
	t->n++;
	return 0;
}

static int read_gpt(struct table *t, table_source *read, void *ctx)
{
	const uint8_t *h = t->head[1];
	int r;

	if (!header_ok(h, t->disk))
		return -EBADMSG;
	t->is_gpt = true;
	t->entries_at = get64(h + GPT_ENTRIES_LBA);
	r = read(ctx, t->entries_at, t->entries, TABLE_ENTRIES);
	if (r < 0)
		return r;
	if (table_crc32(t->entries, sizeof(t->entries)) != get32(h + GPT_ENTRIES_CRC))
		return -EBADMSG;
	for (unsigned i = 0; r == 0 && i < GPT_ENTRIES; i++)
		r = take_entry(t, i);
	return r;
}

/* The four of the first sector; what is inside an extended one is not looked for. */
static int read_mbr(struct table *t)
{
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *e = t->head[0] + MBR_PART + (size_t)i * MBR_PART_SIZE;
		struct table_part *p = &t->part[t->n];
		struct text uuid = text_in(p->uuid, sizeof(p->uuid));

		if (e[MBR_TYPE] == 0 || get32(e + MBR_SECTORS) == 0)
			continue;
		p->number = i + 1;
		p->first = get32(e + MBR_FIRST);
		p->sectors = get32(e + MBR_SECTORS);
		text_addf(&uuid, "%08x-%02x", (unsigned)get32(t->head[0] + MBR_DISK_ID), i + 1);
		if (p->first == 0 || p->first + p->sectors > t->disk)
			return -EBADMSG;
		t->n++;
	}
	return 0;
}

int table_read_bytes(void *ctx, uint64_t sector, void *buf, size_t sectors)
{
	const struct table_bytes *b = ctx;
	const uint64_t all = b->size / TABLE_SECTOR;

	if (sector > all || sectors > all - sector)
		return -EIO;
	memcpy(buf, b->data + sector * TABLE_SECTOR, sectors * TABLE_SECTOR);
	return 0;
}

int table_read(struct table *t, uint64_t disk_sectors, table_source *read, void *ctx)
{
	const uint8_t *mbr = t->head[0];
	int r;

	*t = (struct table){.disk = disk_sectors};
	r = disk_sectors < 2 ? -ENOENT : read(ctx, 0, t->head, 2);
	if (r < 0)
		return r;
	if (mbr[MBR_SIGNATURE] != 0x55 || mbr[MBR_SIGNATURE + 1] != 0xaa)
		return -ENOENT;
	for (unsigned i = 0; i < 4; i++)
		if (mbr[MBR_PART + i * MBR_PART_SIZE + MBR_TYPE] == MBR_TYPE_GPT)
			return read_gpt(t, read, ctx);
	return read_mbr(t);
}

static void add(struct table_grown *g, uint64_t sector, const uint8_t *data, size_t sectors)
{
	g->write[g->n++] = (struct table_write){sector, sectors, data};
}

static int grow_mbr(const struct table *t, struct table_grown *g)
{
	uint8_t *e = g->mbr + MBR_PART + (size_t)(g->part.number - 1) * MBR_PART_SIZE;

	memcpy(g->mbr, t->head[0], TABLE_SECTOR);
	put32(e + MBR_SECTORS, (uint32_t)g->part.sectors);
	add(g, 0, g->mbr, 1);
	return 1;
}

/* The protective MBR covers the disk, as far as it can tell. */
static void cover_disk(const struct table *t, struct table_grown *g)
{
	memcpy(g->mbr, t->head[0], TABLE_SECTOR);
	for (unsigned i = 0; i < 4; i++) {
		uint8_t *e = g->mbr + MBR_PART + (size_t)i * MBR_PART_SIZE;

		if (e[MBR_TYPE] == MBR_TYPE_GPT)
			put32(e + MBR_SECTORS,
				t->disk - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(t->disk - 1));
	}
}

static void make_header(const struct table *t, uint8_t *h, uint64_t mine, uint64_t other,
	uint64_t entries, uint32_t entries_crc)
{
	uint64_t first = get64(t->head[1] + GPT_FIRST_USABLE);

	memcpy(h, t->head[1], TABLE_SECTOR);
	put64(h + GPT_MY_LBA, mine);
	put64(h + GPT_OTHER_LBA, other);
	put64(h + GPT_ENTRIES_LBA, entries);
	put64(h + GPT_FIRST_USABLE, first < GPT_PLACES_END ? GPT_PLACES_END : first);
	put64(h + GPT_LAST_USABLE, t->disk - TABLE_ENTRIES - 2);
	put32(h + GPT_ENTRIES_CRC, entries_crc);
	put32(h + GPT_CRC, header_crc(h));
}

static int grow_gpt(const struct table *t, struct table_grown *g)
{
	uint64_t place = t->entries_at == GPT_PLACE_A ? GPT_PLACE_B : GPT_PLACE_A;
	uint8_t *e = g->entries + (size_t)(g->part.number - 1) * GPT_ENTRY;
	uint32_t crc;

	for (size_t i = 0; i < t->n; i++)
		if (t->part[i].first < GPT_PLACES_END)
			return -EOPNOTSUPP;
	memcpy(g->entries, t->entries, sizeof(g->entries));
	put64(e + GPT_LAST, g->part.first + g->part.sectors - 1);
	crc = table_crc32(g->entries, sizeof(g->entries));
	make_header(t, g->primary, 1, t->disk - 1, place, crc);
	make_header(t, g->backup, t->disk - 1, 1, t->disk - 1 - TABLE_ENTRIES, crc);
	cover_disk(t, g);
	add(g, t->disk - 1 - TABLE_ENTRIES, g->entries, TABLE_ENTRIES);
	add(g, t->disk - 1, g->backup, 1);
	add(g, place, g->entries, TABLE_ENTRIES);
	add(g, 0, g->mbr, 1);
	add(g, 1, g->primary, 1);
	return 1;
}

/* The first sector that the partition cannot have. */
static uint64_t limit_of(const struct table *t, const struct table_part *p)
{
	uint64_t limit = t->is_gpt ? t->disk - TABLE_ENTRIES - 1 : t->disk;

	if (!t->is_gpt && limit - p->first > UINT32_MAX)
		limit = p->first + UINT32_MAX;
	return limit / TABLE_ALIGN * TABLE_ALIGN;
}

int table_grow(const struct table *t, unsigned number, struct table_grown *ret)
{
	const struct table_part *p = NULL;
	uint64_t limit;

	*ret = (struct table_grown){.n = 0};
	for (size_t i = 0; i < t->n; i++)
		if (t->part[i].number == number)
			p = &t->part[i];
	if (!p)
		return -ENOENT;
	limit = limit_of(t, p);
	ret->part = *p;
	if (limit <= p->first + p->sectors)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->part[i].first > p->first)
			return -ENOSPC;
	ret->part.sectors = limit - p->first;
	return t->is_gpt ? grow_gpt(t, ret) : grow_mbr(t, ret);
}

/* The active entry's number in the MBR, or 4. */
static size_t active_entry(const struct table *t)
{
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *e = t->head[0] + MBR_PART + i * MBR_PART_SIZE;

		if (t->is_gpt && e[MBR_STATUS] == MBR_ACTIVE && e[MBR_TYPE] != MBR_TYPE_GPT)
			return i;
	}
	return 4;
}

const struct table_part *table_active(const struct table *t)
{
	const size_t entry = active_entry(t);
	const uint8_t *e = t->head[0] + MBR_PART + entry * MBR_PART_SIZE;

	for (size_t i = 0; entry < 4 && i < t->n; i++)
		if (t->part[i].first == get32(e + MBR_FIRST))
			return &t->part[i];
	return NULL;
}

bool table_activate(
	const struct table *t, const struct table_part *p, uint8_t ret_mbr[TABLE_SECTOR])
{
	const size_t entry = active_entry(t);
	uint8_t *e = ret_mbr + MBR_PART + entry * MBR_PART_SIZE;

	if (entry == 4 || p->first > UINT32_MAX || p->sectors > UINT32_MAX)
		return false;
	memcpy(ret_mbr, t->head[0], TABLE_SECTOR);
	put32(e + MBR_FIRST, (uint32_t)p->first);
	put32(e + MBR_SECTORS, (uint32_t)p->sectors);
	return true;
}
