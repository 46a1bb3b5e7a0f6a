/* What the kernel says of the network; each message begins with its length in a byte, 0 for lost
 * ones. */
#include "../../init/netwatch.h"
#include "../fake/sys_fake.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct netwatch w;
	char why[96];

	MUST(netwatch_open(&w, 3) == 0);
	while (in.left) {
		size_t n;
		const char *bytes = input_bytes(&in, input_byte(&in), &n);

		world.netlink_n = 1;
		world.netlink[0].len = n;
		memcpy(world.netlink[0].bytes, bytes, n);
		netwatch_readable(&w);
		netwatch_settle(&w, true);
	}
	for (size_t i = 0; i < NETWATCH_LINKS; i++)
		MUST(memchr(w.link[i].name, '\0', sizeof(w.link[i].name)));
	MUST(strlen(netwatch_why(&w, why, sizeof(why))) < sizeof(why));
	fake_reset();
	return 0;
}
