/* A partition that somebody has had in another computer; the file that is looked for is found whole
 * or not at all. */
#include "fuzz.h"

#include <errno.h>

#include "../../lib/fat_dir.h"

static int source(void *ctx, uint64_t at, void *buf, size_t n)
{
	const struct input *in = ctx;

	if (at > in->left || n > in->left - at)
		return -EIO;
	memcpy(buf, in->at + at, n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t entry[FAT_ENTRY];
	char name[FAT_NAME];

	MUST(fat_name("reset.txt", name));
	if (fat_find(source, &in, name, entry) == 1)
		MUST(memcmp(entry, name, FAT_NAME) == 0 && !(entry[11] & 0x18));
	return 0;
}
