#include "efi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partition.h"

#define FOLDER "/sys/firmware/efi/efivars"
#define LOADER "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* systemd.io/BOOT_LOADER_INTERFACE */

enum {
	ATTRIBUTES = 4, /* bytes before the value */
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

/* The value without its attributes; its length, or -errno. */
static int efi_read(const char *name, const char *vendor, void *buf, size_t size)
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

char efi_started_slot(int wait_ms)
{
	static const char prefix[] = "boot-";
	char utf16[2 * (UUID_CHARS + 1)], wish[9 + UUID_CHARS + 1] = "PARTUUID=";
	struct partition p;
	int n = efi_read("LoaderDevicePartUUID", LOADER, utf16, sizeof(utf16));

	if (n < 2 * UUID_CHARS)
		return '\0';
	for (int i = 0; i < UUID_CHARS; i++)
		wish[9 + i] = utf16[2 * i];
	wish[9 + UUID_CHARS] = '\0';
	if (partition_find(wish, wait_ms, &p) < 0 || strncmp(p.name, prefix, 5) != 0)
		return '\0';
	return p.name[5] == 'a' || p.name[5] == 'b' ? p.name[5] : '\0';
}
