/*
 * What the runtime says: its pid file, its stderr, its ends.  First byte: which calls fail; second:
 * how long the pid file is; then the pid file; the rest is stderr.
 */
#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	unsigned flags = input_byte(&in);
	struct fake_ctr *c = fake_add(CTR_ONBOOT, "001-first"), *s = fake_add(CTR_SERVICE, "svc");
	char pid[32];
	size_t n;
	const char *text = input_bytes(&in, input_byte(&in) % sizeof(pid), &n);

	memcpy(pid, text, n);
	pid[n < sizeof(pid) ? n : sizeof(pid) - 1] = '\0';
	s->bad_pid = n ? pid : NULL;
	c->bad_pid = flags & 32 ? pid : NULL;
	s->complains = c->complains = (const char *)in.at;
	s->complains_len = c->complains_len = in.left;
	s->fail_create = flags & 1;
	s->fail_start = flags >> 1 & 1;
	c->fail_create = flags >> 2 & 1;
	s->hang_create = flags >> 3 & 1;
	s->run_ms = flags & 16 ? FAKE_AT_ONCE : 50;
	if (flags & 64)
		fake_signal(world.now + 20, 10); /* USR1 */
	machine_begin();
	machine_turns(150);
	machine_end();
	return 0;
}
