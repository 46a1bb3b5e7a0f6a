#include "pstore.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER      "/sys/fs/pstore"
#define BOOT_STATUS "/sys/class/watchdog/watchdog0/bootstatus"

enum {
	FILE_MAX = 1024 * 1024,
	CARD_RESET = 0x20, /* WDIOF_CARDRESET, linux/watchdog.h */
};

static size_t read_whole(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 1;

	while (fd >= 0 && have < size && n > 0) {
		n = read(fd, buf + have, size - have);
		have += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	return have;
}

static void keep(const char *name, const char *text, size_t len)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), PSTORE_PREVIOUS "/%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		fprintf(stderr, "ledger: cannot keep %s\n", path);
	if (fd >= 0)
		(void)close(fd);
}

static bool watchdog_bit(void)
{
	char buf[16] = "";

	(void)read_whole(BOOT_STATUS, buf, sizeof(buf) - 1);
	return strtol(buf, NULL, 0) & CARD_RESET;
}

/* One file of the last boot: its lines, the record of a panic, or something just to be kept. */
static void take_file(
	const char *name, char *text, size_t size, char *lines, struct ledger_facts *f)
{
	char path[512];
	size_t len;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	len = read_whole(path, text, size - 1);
	text[len] = '\0';
	keep(name, text, len);
	if (strncmp(name, "dmesg-", 6) == 0 && strncmp(text, "Panic", 5) == 0)
		f->panic = true;
	if (strncmp(name, "pmsg-", 5) == 0) {
		memcpy(lines, text, len);
		f->len = len;
	}
	(void)unlink(path);
}

struct ledger pstore_read(void)
{
	struct ledger_facts f = {
		.memory = access(PSTORE_WRITE, W_OK) == 0, .watchdog = watchdog_bit()};
	char *text = f.memory ? malloc(FILE_MAX) : NULL,
	     *lines = f.memory ? malloc(FILE_MAX) : NULL;
	/* Without a place to write to, what is in there is somebody else's. */
	DIR *d = text && lines ? opendir(FOLDER) : NULL;
	const struct dirent *e;
	struct ledger l;

	(void)mkdir(PSTORE_PREVIOUS, 0700);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] != '.')
			take_file(e->d_name, text, FILE_MAX, lines, &f);
	}
	if (d)
		(void)closedir(d);
	f.text = lines;
	l = ledger_judge(&f);
	free(text);
	free(lines);
	return l;
}
