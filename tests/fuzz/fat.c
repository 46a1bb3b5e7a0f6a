/* A partition that somebody has had in another computer: files are found and read, or an error. */
#include "fuzz.h"

#include <errno.h>

#include "../../lib/vfat.h"

static struct vfat v;
static size_t n_read;

static int take(void *ctx, const uint8_t *data, size_t n)
{
	(void)ctx;
	MUST(n > 0 && n <= VFAT_CLUSTER_MAX * TABLE_SECTOR && data == v.cluster);
	n_read += n;
	/* What a short file system says of its files' sizes need not be waited for. */
	return n_read > 1 << 20 ? -EFBIG : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"reset.txt", "dtb/broadcom/bcm2837-rpi-3-b.dtb"};
	struct table_bytes disk = {data, size};
	struct vfat_file file;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		n_read = 0;
		if (vfat_open(&v, table_read_bytes, &disk, 0) == 0 &&
			vfat_find(&v, paths[i], &file) == 0 &&
			vfat_read(&v, &file, take, NULL) == 0)
			MUST(n_read == file.size);
	}
	return 0;
}
