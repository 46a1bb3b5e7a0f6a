#include "store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "sha256.h"

static struct {
	int fd;
	off_t end;
	unsigned users;
} store = {.fd = -1};

void store_acquire(void)
{
	store.users++;
}

void store_release(void)
{
	store.users--;
	if (store.users > 0 || store.fd < 0)
		return;
	(void)close(store.fd);
	store.fd = -1;
	store.end = 0;
}

static int store_open(void)
{
	int fd = store.fd >= 0 ? store.fd : io_temp();

	if (fd < 0)
		return fd;
	store.fd = fd;
	return 0;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static int write_at(const uint8_t *p, size_t n, off_t at)
{
	if (is_zero(p, n))
		return 0;
	while (n > 0) {
		ssize_t w = pwrite(store.fd, p, n, at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
		at += w;
	}
	return 0;
}

int store_add(tree_source *source, void *ctx, struct tree_inode *ret_inode)
{
	static uint8_t buf[1 << 16];
	struct sha256 sum;
	off_t at;
	int r;

	r = store_open();
	if (r < 0)
		return r;
	at = store.end;
	sha256_begin(&sum);
	for (;;) {
		ssize_t n = source(ctx, buf, sizeof(buf));

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		sha256_add(&sum, buf, (size_t)n);
		r = write_at(buf, (size_t)n, at);
		if (r < 0)
			return r;
		at += n;
	}
	/* A hole at the end has to be readable too. */
	if (ftruncate(store.fd, at) < 0)
		return -errno;
	ret_inode->offset = store.end;
	ret_inode->size = at - store.end;
	sha256_end(&sum, ret_inode->sha256);
	store.end = at;
	return 0;
}

ssize_t store_read(const struct tree_inode *f, void *buf, size_t size, off_t at)
{
	ssize_t n;

	if (at < 0)
		return -EINVAL;
	if (at >= f->size)
		return 0;
	if (size > (size_t)(f->size - at))
		size = (size_t)(f->size - at);
	do
		n = pread(store.fd, buf, size, f->offset + at);
	while (n < 0 && errno == EINTR);
	if (n == 0 && size > 0)
		return -EIO;
	return n < 0 ? -errno : n;
}
