/*
 * The scan helper's stream, as PID 1 takes it in.  The helper parses what came from elsewhere, so
 * it is believed only as far as the stream can be checked.  First byte: whether it begins with a
 * good header for what follows.
 */
#include "machine.h"

static uint8_t stream[60000];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct scan_header h = {.magic = SCAN_MAGIC};
	size_t n = 0;

	if (input_byte(&in) & 1) {
		h.count = (uint32_t)(in.left / sizeof(struct scan_record));
		memcpy(stream, &h, sizeof(h));
		n = sizeof(h);
	}
	if (in.left > sizeof(stream) - n)
		in.left = sizeof(stream) - n;
	memcpy(stream + n, in.at, in.left);
	world.scan_raw = stream;
	world.scan_raw_len = n + in.left;
	machine_begin();
	machine_turns(5);
	MUST(m.phase != PHASE_SCAN);
	for (size_t i = 0; i < m.pool.n; i++) {
		const struct scan_record *rec = m.pool.ctr[i].def;

		MUST(memchr(rec->id, '\0', sizeof(rec->id)) && rec->kind < CTR_KIND_N);
		MUST(memchr(rec->cgroup, '\0', sizeof(rec->cgroup)) && !strchr(rec->id, '/'));
		MUST(memchr(rec->error, '\0', sizeof(rec->error)));
	}
	(void)fake_client("status\n", 0);
	machine_end();
	return 0;
}
