#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

static int make_folders(struct arena *a, const char *path)
{
	char *copy = arena_strdup(a, path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(copy, 0777); /* only the last one counts */
		*p = '/';
	}
	if (mkdir(copy, 0777) == 0 || errno == EEXIST)
		return 0;
	return say_error("cannot make the folder %s: %s", path, strerror(errno));
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
	if (r == 0)
		return 0;
	r = say_error("cannot write %s: %s", path, strerror(errno));
	(void)unlink(tmp);
	return r;
}

void cache_abort(int fd, const char *tmp)
{
	(void)close(fd);
	(void)unlink(tmp);
}

void sha256_hex(const uint8_t sum[32], char ret_hex[65])
{
	sodium_bin2hex(ret_hex, 65, sum, 32);
}

int sha256_file(const char *path, uint8_t ret_sum[32])
{
	crypto_hash_sha256_state state;
	uint8_t buf[65536];
	ssize_t n;
	int r = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)crypto_hash_sha256_init(&state);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		(void)crypto_hash_sha256_update(&state, buf, (unsigned long long)n);
	if (n < 0)
		r = -errno;
	(void)close(fd);
	if (r == 0)
		(void)crypto_hash_sha256_final(&state, ret_sum);
	return r;
}
