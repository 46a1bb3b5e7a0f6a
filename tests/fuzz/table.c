/* A disk's first sectors; its end is empty. */
#include "fuzz.h"

#include "../../lib/table.h"

static int source(void *ctx, uint64_t sector, void *buf, size_t n)
{
	const struct input *in = ctx;
	size_t at = (size_t)sector * TABLE_SECTOR, want = n * TABLE_SECTOR;

	memset(buf, 0, want);
	if (sector < 1024 && at < in->left)
		memcpy(buf, in->at + at, in->left - at < want ? in->left - at : want);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table t;
	static struct table_grown g;
	struct input in = {data, size};

	if (table_read(&t, 100000, source, &in) < 0)
		return 0;
	MUST(t.n <= TABLE_PARTS);
	for (size_t i = 0; i < t.n; i++) {
		const struct table_part *p = &t.part[i];

		MUST(p->first + p->sectors <= t.disk && memchr(p->name, 0, TABLE_NAME));
		if (table_grow(&t, p->number, &g) != 1)
			continue;
		MUST(g.part.first == p->first && g.part.sectors > p->sectors);
		MUST(g.n <= TABLE_WRITES && g.write[g.n - 1].sectors == 1);
		for (size_t w = 0; w < g.n; w++)
			MUST(g.write[w].sector + g.write[w].sectors <= t.disk);
	}
	return 0;
}
