#include "efi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/little.h"
#include "partition.h"
#include "slot_name.h"

#define FOLDER "/sys/firmware/efi/efivars"

enum {
	ATTRIBUTES = 4,      /* bytes before the value */
	LASTING = 1 | 2 | 4, /* non-volatile, seen by boot services and at run time */
	VALUE_MAX = 1024,
	UUID_CHARS = 36,
};

bool efi_is_there(void)
{
	struct stat here, above;

	if (stat(FOLDER, &here) < 0)
		return false;
	if (stat(FOLDER "/..", &above) == 0 && here.st_dev == above.st_dev)
		return mount("efivarfs", FOLDER, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			       NULL) == 0;
	return true;
}

static int path_of(const char *name, const char *vendor, char path[PATH_MAX])
{
	if (!efi_is_there())
		return -ENODEV;
	(void)snprintf(path, PATH_MAX, FOLDER "/%s-%s", name, vendor);
	return 0;
}

int efi_read(const char *name, const char *vendor, void *buf, size_t size)
{
	uint8_t value[ATTRIBUTES + VALUE_MAX];
	char path[PATH_MAX];
	int r = path_of(name, vendor, path), fd;
	ssize_t n;

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, value, sizeof(value));
	r = n < 0 ? -errno : 0;
	(void)close(fd);
	if (r < 0)
		return r;
	n -= ATTRIBUTES;
	if (n < 0 || (size_t)n > size)
		return -EMSGSIZE;
	memcpy(buf, value + ATTRIBUTES, (size_t)n);
	return (int)n;
}

bool efi_exists(const char *name, const char *vendor)
{
	char path[PATH_MAX];

	return path_of(name, vendor, path) == 0 && access(path, F_OK) == 0;
}

int efi_write(const char *name, const char *vendor, const void *buf, size_t n)
{
	uint8_t value[ATTRIBUTES + VALUE_MAX];
	char path[PATH_MAX];
	int r = n > VALUE_MAX ? -EMSGSIZE : path_of(name, vendor, path), fd;

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	put32(value, LASTING);
	memcpy(value + ATTRIBUTES, buf, n);
	/* One write is one call of the firmware. */
	if (write(fd, value, ATTRIBUTES + n) != (ssize_t)(ATTRIBUTES + n))
		r = errno ? -errno : -EIO;
	(void)close(fd);
	return r;
}

int efi_remove(const char *name, const char *vendor)
{
	char path[PATH_MAX];
	const int r = path_of(name, vendor, path);

	return r < 0 ? r : unlink(path) < 0 ? -errno : 0;
}

int efi_each(const char *vendor, bool (*visit)(void *ctx, const char *name), void *ctx)
{
	DIR *d = efi_is_there() ? opendir(FOLDER) : NULL;
	const struct dirent *e;
	bool more = true;

	if (!d)
		return -ENODEV;
	while (more && (e = readdir(d))) {
		char name[sizeof(e->d_name)];
		const char *dash = strchr(e->d_name, '-');

		if (!dash || strcmp(dash + 1, vendor) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)(dash - e->d_name), e->d_name);
		more = visit(ctx, name);
	}
	(void)closedir(d);
	return 0;
}

char efi_started_slot(int wait_ms)
{
	char utf16[2 * (UUID_CHARS + 1)], wish[9 + UUID_CHARS + 1] = "PARTUUID=";
	struct partition p;
	int n = efi_read("LoaderDevicePartUUID", EFI_BOOT_LOADER, utf16, sizeof(utf16));

	if (n < 2 * UUID_CHARS)
		return '\0';
	for (int i = 0; i < UUID_CHARS; i++)
		wish[9 + i] = utf16[2 * i];
	wish[9 + UUID_CHARS] = '\0';
	return partition_find(wish, wait_ms, &p) < 0 ? '\0' : slot_of_boot(p.name);
}
