#include "pstore.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hardware.h"
#include "remember.h"
#include "sys.h"

#define FOLDER      "/sys/fs/pstore"
#define BOOT_STATUS "/sys/class/watchdog/watchdog0/bootstatus"
#define PANIC       "Kernel panic - not syncing: "

enum {
	FILE_MAX = 1024 * 1024,
	PIECES = KEPT_SIZE / KEPT_ALIGN,
	CARD_RESET = 0x20, /* WDIOF_CARDRESET, linux/watchdog.h */
};

struct found {
	struct ledger_facts facts;
	enum ledger_store store;
	uint32_t seq;
	char *text; /* FILE_MAX, of one file */
	char panic[LEDGER_WHY_MAX];
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

/* A record begins with "Panic#1 Part1"; its words stand in one of its lines. */
static void take_panic(struct found *f, const char *text)
{
	const char *words = strstr(text, PANIC);
	struct text t = text_in(f->panic, sizeof(f->panic));

	if (words)
		text_add_n(&t, words + strlen(PANIC), strcspn(words + strlen(PANIC), "\n"));
	else if (!f->facts.panic)
		text_add(&t, "its words are lost");
	if (t.len)
		f->facts.panic = f->panic;
}

/* One file of the last boot: the ledger's lines, the record of a panic, or just to be kept. */
static void take_file(struct found *f, const char *name)
{
	char path[512];
	size_t len;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	len = read_whole(path, f->text, FILE_MAX - 1);
	f->text[len] = '\0';
	keep(name, f->text, len);
	if (strncmp(name, PSTORE_KERNEL, strlen(PSTORE_KERNEL)) == 0 &&
		strncmp(f->text, "Panic", 5) == 0)
		take_panic(f, f->text);
	if (strncmp(name, "pmsg-", 5) == 0)
		f->facts.found |= ledger_read(f->text, len, &f->facts.line);
	(void)unlink(path);
}

static void take_folder(struct found *f)
{
	DIR *d = opendir(FOLDER);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] != '.')
			take_file(f, e->d_name);
	}
	if (d)
		(void)closedir(d);
}

/* A line of the piece's time before each line of text. */
static void write_words(FILE *to, const struct kept_piece *p)
{
	const char *at = p->text, *end = at + p->len;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((nl ? nl : end) - at);

		(void)fprintf(to, "%u %.*s\n", (unsigned)p->time_ms, (int)n, at);
		at += n + 1;
	}
}

static void keep_words(const char *ram, uint32_t boot)
{
	struct kept_piece *piece = calloc(PIECES, sizeof(*piece));
	size_t n = piece ? kept_pieces(ram, boot, piece, PIECES) : 0;
	FILE *to = n ? fopen(PSTORE_WORDS, "we") : NULL;

	for (size_t i = 0; to && i < n; i++)
		write_words(to, &piece[i]);
	if (n && (!to || fclose(to) != 0))
		fprintf(stderr, "ledger: cannot keep %s\n", PSTORE_WORDS);
	free(piece);
}

static void take_ram(struct found *f)
{
	struct hardware h = {.reset_ram = 0};
	char *copy = f->text;
	const char *line;
	size_t len;
	void *ram;

	hardware_read(&h);
	ram = h.reset_ram ? sys_map_physical(h.reset_ram, KEPT_SIZE) : NULL;
	if (h.reset_ram && !ram)
		fprintf(stderr, "ledger: cannot have the RAM at %#llx\n",
			(unsigned long long)h.reset_ram);
	if (!ram)
		return;
	f->store = LEDGER_RAM;
	kept_load(copy, ram, 0, KEPT_SIZE);
	sys_unmap(ram, KEPT_SIZE);
	line = kept_text(copy, &f->seq, &len);
	f->facts.found = line && ledger_read(line, len, &f->facts.line);
	if (f->facts.found)
		keep_words(copy, f->facts.line.boots);
}

struct ledger pstore_read(void)
{
	struct found f = {.facts.watchdog = watchdog_bit(), .text = malloc(FILE_MAX)};
	struct ledger l;

	(void)mkdir(PSTORE_PREVIOUS, 0700);
	if (f.text)
		take_ram(&f);
	if (f.store == LEDGER_NOWHERE && access(REMEMBER_PMSG, W_OK) == 0)
		f.store = LEDGER_LOG;
	f.facts.memory = f.store != LEDGER_NOWHERE;
	/* Without a place to write to, what is in there is somebody else's. */
	if (f.text && f.facts.memory)
		take_folder(&f);
	l = ledger_judge(&f.facts);
	l.seq = f.seq;
	l.store = f.store;
	free(f.text);
	return l;
}
