#include "partition.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "diag.h"
#include "sha256.h"
#include "tool.h"

enum {
	MIB = 1 << 20,
	SECTOR = 512,
};

off_t partition_plan(struct partition *p, size_t n)
{
	off_t at = MIB;

	for (size_t i = 0; i < n; i++) {
		p[i].start = at;
		p[i].size = (p[i].size + MIB - 1) / MIB * MIB;
		at += p[i].size;
	}
	return at + MIB; /* GPT has its second table at the end */
}

static void hash(const char *seed, const char *name, uint8_t ret[32])
{
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, seed, strlen(seed) + 1);
	sha256_add(&s, name, strlen(name));
	sha256_end(&s, ret);
}

uint32_t partition_id(const char *seed, const char *name)
{
	uint8_t h[32];

	hash(seed, name, h);
	return (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
}

/* RFC 9562 §5.8: version 8, whose bits mean what their maker likes. */
static const char *guid(struct arena *a, const char *seed, const char *name)
{
	uint8_t h[32];
	char hex[33];

	hash(seed, name, h);
	h[6] = 0x80 | (h[6] & 0x0f);
	h[8] = 0x80 | (h[8] & 0x3f);
	sodium_bin2hex(hex, sizeof(hex), h, 16);
	return arena_printf(
		a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static const char *head(struct arena *a, enum partition_table kind, const char *seed)
{
	if (kind == PARTITION_MBR)
		return arena_printf(
			a, "label: dos\nlabel-id: 0x%08" PRIx32 "\n", partition_id(seed, "disk"));
	return arena_printf(a, "label: gpt\nlabel-id: %s\n", guid(a, seed, "disk"));
}

static const char *line(
	struct arena *a, enum partition_table kind, const char *seed, const struct partition *p)
{
	const char *place = arena_printf(a, "start=%jd, size=%jd, type=%s",
		(intmax_t)p->start / SECTOR, (intmax_t)p->size / SECTOR, p->type);

	if (kind == PARTITION_MBR)
		return arena_printf(a, "%s%s\n", place, p->is_active ? ", bootable" : "");
	return arena_printf(a, "%s, name=\"%s\", uuid=%s%s\n", place, p->name,
		guid(a, seed, p->name), p->is_active ? ", attrs=LegacyBIOSBootable" : "");
}

/* A program of that name need not be the one that is meant. */
static int check_table(const char *path)
{
	uint8_t end[2] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_there = fd >= 0 && pread(fd, end, sizeof(end), SECTOR - 2) == sizeof(end) &&
			end[0] == 0x55 && end[1] == 0xaa;

	if (fd >= 0)
		(void)close(fd);
	return is_there ? 0 : say_error("%s: sfdisk has written no partition table", path);
}

int partition_write(struct arena *a, int64_t date, const char *path, enum partition_table kind,
	const char *seed, const struct partition *p, size_t n)
{
	const char *const argv[] = {"sfdisk", "--quiet", "--no-reread", "--no-tell-kernel",
		"--wipe=never", "--wipe-partitions=never", path, NULL};
	const char *script = head(a, kind, seed);

	for (size_t i = 0; i < n; i++)
		script = arena_printf(a, "%s%s", script, line(a, kind, seed, &p[i]));
	return tool_run_text(a, date, argv, script) < 0 ? -1 : check_table(path);
}
