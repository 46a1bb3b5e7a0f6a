#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "temp.h"

static int make_folders(struct arena *a, const char *path)
{
	char *copy = arena_strdup(a, path);
	int first = 0;

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST && !first)
			first = errno;
		*p = '/';
	}
	if (mkdir(copy, 0777) == 0 || errno == EEXIST)
		return 0;
	/* Only the last one counts, but the first one knows why. */
	return say_error("cannot make the folder %s: %s", path, strerror(first ? first : errno));
}

static const char *base_folder(struct arena *a)
{
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	/* A relative XDG_CACHE_HOME is to be ignored (XDG base directory specification 0.8). */
	if (xdg && xdg[0] == '/')
		return arena_printf(a, "%s/nanny", xdg);
	if (home && home[0] == '/')
		return arena_printf(a, "%s/.cache/nanny", home);
	(void)say_error("no place for the cache: neither XDG_CACHE_HOME nor HOME is set");
	return NULL;
}

char *cache_path(struct arena *a, const char *kind, const char *name)
{
	const char *base = base_folder(a);
	const char *folder;

	if (!base)
		return NULL;
	folder = arena_printf(a, "%s/%s", base, kind);
	if (make_folders(a, folder) < 0)
		return NULL;
	return arena_printf(a, "%s/%s", folder, name);
}

int cache_begin(struct arena *a, const char *path, char **ret_tmp)
{
	char *tmp = arena_printf(a, "%s.XXXXXX", path);
	int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return say_error("cannot make a file beside %s: %s", path, strerror(errno));
	temp_add(tmp);
	*ret_tmp = tmp;
	return fd;
}

/* The name is durable only when its folder is. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return r;
}

int cache_commit(int fd, const char *tmp, const char *path)
{
	mode_t mask = umask(0);
	int r;

	(void)umask(mask);
	r = fchmod(fd, 0666 & ~mask); /* mkostemp() gives 0600 */
	if (r == 0)
		r = fsync(fd);
	if (close(fd) < 0)
		r = -1;
	if (r == 0)
		r = rename(tmp, path);
	if (r == 0)
		r = sync_folder(path);
	if (r < 0)
		(void)say_error("cannot write %s: %s", path, strerror(errno));
	if (r < 0)
		(void)unlink(tmp);
	temp_drop(tmp);
	return r;
}

void cache_abort(int fd, const char *tmp)
{
	(void)close(fd);
	(void)unlink(tmp);
	temp_drop(tmp);
}

/* ------------------------------------------------------------------ what was made is summed up */

enum {
	SUM_BYTES = 32, /* of a BLAKE2b, which is quicker than SHA-256 */
};

static int sum_fd(int fd, char ret_hex[2 * SUM_BYTES + 1])
{
	crypto_generichash_state state;
	uint8_t buf[65536], sum[SUM_BYTES];
	off_t at = 0;
	ssize_t n;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(sum));
	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		(void)crypto_generichash_update(&state, buf, (unsigned long long)n);
		at += n;
	}
	(void)crypto_generichash_final(&state, sum, sizeof(sum));
	(void)sodium_bin2hex(ret_hex, 2 * SUM_BYTES + 1, sum, sizeof(sum));
	return n < 0 ? -1 : 0;
}

/* FOLDER/NAME's is FOLDER/.NAME.sum */
static int sum_path(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int n = snprintf(ret, size, "%.*s.%s.sum", (int)(name - path), path, name);

	return n > 0 && (size_t)n < size ? 0 : -1;
}

/* The sum first: where the file is, it has one. */
int cache_commit_summed(struct arena *a, int fd, const char *tmp, const char *path)
{
	char hex[2 * SUM_BYTES + 1], sum[PATH_MAX], *sum_tmp;
	int out = -1, r = sum_path(path, sum, sizeof(sum));

	if (r == 0)
		r = sum_fd(fd, hex);
	if (r < 0)
		(void)say_error("cannot read %s: %s", tmp, strerror(errno));
	else
		out = cache_begin(a, sum, &sum_tmp);
	if (out < 0) {
		cache_abort(fd, tmp);
		return -1;
	}
	r = io_write(out, hex, sizeof(hex) - 1);
	if (cache_commit(out, sum_tmp, sum) < 0 || r < 0) {
		cache_abort(fd, tmp);
		return -1;
	}
	return cache_commit(fd, tmp, path);
}

static bool has_sum(int fd, const char *path)
{
	char want[2 * SUM_BYTES + 1] = "", is[2 * SUM_BYTES + 1], sum[PATH_MAX];
	int in = sum_path(path, sum, sizeof(sum)) < 0 ? -1 : open(sum, O_RDONLY | O_CLOEXEC);
	ssize_t n = in < 0 ? -1 : read(in, want, sizeof(want) - 1);

	if (in >= 0)
		(void)close(in);
	return n > 0 && sum_fd(fd, is) == 0 && strcmp(want, is) == 0;
}

bool cache_has(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_good = fd >= 0 && has_sum(fd, path);

	if (fd >= 0)
		(void)close(fd);
	return is_good;
}
