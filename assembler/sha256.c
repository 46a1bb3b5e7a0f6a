#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

void sha256_begin(struct sha256 *s)
{
	sha256_init(&s->nettle);
}

void sha256_add(struct sha256 *s, const void *data, size_t n)
{
	sha256_update(&s->nettle, n, data);
}

void sha256_end(struct sha256 *s, uint8_t ret[32])
{
	sha256_digest(&s->nettle, 32, ret);
}

void sha256_of(const void *data, size_t n, uint8_t ret[32])
{
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, data, n);
	sha256_end(&s, ret);
}

void sha256_hex(const uint8_t sum[32], char ret_hex[65])
{
	sodium_bin2hex(ret_hex, 65, sum, 32);
}

int sha256_file(const char *path, uint8_t ret_sum[32])
{
	struct sha256 s;
	uint8_t buf[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (r < 0)
		return r;
	sha256_begin(&s);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sha256_add(&s, buf, (size_t)n);
	if (n < 0)
		r = -errno;
	(void)close(fd);
	if (r == 0)
		sha256_end(&s, ret_sum);
	return r;
}
