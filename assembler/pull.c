#include "pull.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "cache.h"
#include "diag.h"
#include "proc.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_folder(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *cache_dir(struct arena *a, const char *what, const char *arch)
{
	const char *key = arena_printf(a, "%s %s", what, arch);
	uint8_t sum[32];
	char hex[65];

	crypto_hash_sha256(sum, (const void *)key, strlen(key));
	sha256_hex(sum, hex);
	return cache_path(a, "image", hex);
}

/* Lost the race against another build: its image is as good as ours. */
static enum oci_found keep(const char *tmp, const char *dir)
{
	if (rename(tmp, dir) == 0)
		return OCI_FOUND;
	if (errno == EEXIST || errno == ENOTEMPTY) {
		remove_folder(tmp);
		return OCI_FOUND;
	}
	(void)say_error("%s: %s", dir, strerror(errno));
	remove_folder(tmp);
	return OCI_BROKEN;
}

static enum oci_found pull(struct arena *a, const char *source, const char *arch, const char *dir)
{
	char *tmp = arena_printf(a, "%s.XXXXXX", dir);
	const char *argv[] = {"skopeo", "--insecure-policy", "--override-os", "linux",
		"--override-arch", arch, "copy", "--quiet", source, NULL, NULL};
	int r;

	if (!mkdtemp(tmp)) {
		(void)say_error("%s: %s", tmp, strerror(errno));
		return OCI_BROKEN;
	}
	argv[9] = arena_printf(a, "oci:%s:image", tmp);
	r = proc_run(argv);
	if (r == 0)
		return keep(tmp, dir);
	remove_folder(tmp);
	return r < 0 ? OCI_BROKEN : OCI_ABSENT;
}

enum oci_found pull_registry(struct arena *a, const char *full_name, const char *arch,
	const char **ret_dir, const char **ret_why)
{
	const char *dir = cache_dir(a, full_name, arch);
	enum oci_found found;

	if (!dir)
		return OCI_BROKEN;
	*ret_dir = dir;
	if (access(dir, F_OK) == 0)
		return OCI_FOUND;
	say_progress("downloading %s", full_name);
	found = pull(a, arena_printf(a, "docker://%s", full_name), arch, dir);
	if (found == OCI_ABSENT)
		*ret_why = arena_printf(
			a, "the registry does not give %s (skopeo's reason is above)", full_name);
	return found;
}

enum oci_found pull_archive(struct arena *a, const char *name, const char *file, const char *arch,
	const char **ret_dir, const char **ret_why)
{
	const char *tag = name + strlen("docker-archive:") + strlen(file);
	uint8_t sum[32];
	char hex[65];
	enum oci_found found;
	int r = sha256_file(file, sum);

	if (r < 0) {
		*ret_why = arena_printf(a, "%s: %s", file, strerror(-r));
		return OCI_ABSENT;
	}
	sha256_hex(sum, hex);
	*ret_dir = cache_dir(a, arena_printf(a, "%s%s", hex, tag), arch);
	if (!*ret_dir)
		return OCI_BROKEN;
	if (access(*ret_dir, F_OK) == 0)
		return OCI_FOUND;
	say_progress("reading %s", file);
	found = pull(a, name, arch, *ret_dir);
	if (found == OCI_ABSENT)
		*ret_why = arena_printf(a, "%s has no such image (skopeo's reason is above)", file);
	return found;
}
