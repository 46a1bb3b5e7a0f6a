#include "pe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "mem.h"

enum {
	PE_AT = 0x3c,       /* where "PE\0\0" is */
	COFF = 4,           /* from there: the COFF header … */
	COFF_SECTIONS = 6,  /* … with the number of sections */
	COFF_OPTIONAL = 20, /* … and the size of the optional header */
	OPTIONAL = 24,      /* the optional header … */
	ALIGN_MEMORY = OPTIONAL + 32,
	ALIGN_FILE = OPTIONAL + 36,
	IMAGE_SIZE = OPTIONAL + 56,
	HEADERS_SIZE = OPTIONAL + 60,
	CHECKSUM = OPTIONAL + 64,
	SECTION = 40, /* a line of the section table */
	PE32_PLUS = 0x20b,
	READ_DATA = 0x40000040, /* initialized, readable */
};

struct pe {
	uint8_t *stub;       /* to write: a copy of the stub … */
	const uint8_t *head; /* … which is the beginning, to read, of it or of any program */
	size_t size, at, table;
	uint32_t memory, file;    /* alignments */
	uint32_t address, offset; /* of the next section */
};

/* Little-endian, as x86 and arm64 are; a PE file always is. */
static uint32_t get(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void put(uint8_t *p, size_t n, uint32_t v)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint32_t align(uint64_t n, uint32_t to)
{
	return (uint32_t)((n + to - 1) / to * to);
}

static bool is_power(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static bool read_head(struct pe *pe)
{
	const uint8_t *h = pe->head;

	if (pe->size < 0x40 || memcmp(h, "MZ", 2) != 0)
		return false;
	pe->at = get(h + PE_AT, 4);
	if (pe->at > pe->size || pe->size - pe->at < OPTIONAL + 112 ||
		memcmp(h + pe->at, "PE\0\0", 4) != 0)
		return false;
	if (get(h + pe->at + OPTIONAL, 2) != PE32_PLUS)
		return false;
	pe->table = pe->at + OPTIONAL + get(h + pe->at + COFF_OPTIONAL, 2);
	pe->memory = get(h + pe->at + ALIGN_MEMORY, 4);
	pe->file = get(h + pe->at + ALIGN_FILE, 4);
	pe->address = align(get(h + pe->at + IMAGE_SIZE, 4), pe->memory ? pe->memory : 1);
	return is_power(pe->memory) && is_power(pe->file) && pe->table < pe->size;
}

/* One more line in the table, which ends where the first section's content begins. */
static int add_section(struct pe *pe, const char *name, uint32_t size)
{
	uint8_t *count = pe->stub + pe->at + COFF_SECTIONS;
	size_t line = pe->table + SECTION * (size_t)get(count, 2);
	uint8_t *p = pe->stub + line;

	if (line + SECTION > get(pe->head + pe->at + HEADERS_SIZE, 4) || line + SECTION > pe->size)
		return say_error("the EFI stub has no room for a section %s", name);
	memset(p, 0, SECTION);
	memcpy(p, name, strnlen(name, 8));
	put(p + 8, 4, size);
	put(p + 12, 4, pe->address);
	put(p + 16, 4, align(size, pe->file));
	put(p + 20, 4, pe->offset);
	put(p + 36, 4, READ_DATA);
	put(count, 2, get(count, 2) + 1);
	pe->address = align((uint64_t)pe->address + size, pe->memory);
	pe->offset = align((uint64_t)pe->offset + size, pe->file);
	put(pe->stub + pe->at + IMAGE_SIZE, 4, pe->address);
	return 0;
}

static int size_of(const struct pe_section *s, off_t *ret)
{
	struct stat st;

	if (!s->path) {
		*ret = (off_t)strlen(s->text);
		return 0;
	}
	if (stat(s->path, &st) < 0)
		return say_error("%s: %s", s->path, strerror(errno));
	*ret = st.st_size;
	return 0;
}

static int add_all(struct pe *pe, const struct pe_section *s, size_t n)
{
	off_t sum = (off_t)pe->size;

	pe->offset = align(pe->size, pe->file);
	for (size_t i = 0; i < n; i++) {
		off_t size = 0;

		if (size_of(&s[i], &size) < 0)
			return -1;
		sum += size;
		/* Addresses are 32 bits, and firmware takes far less. */
		if (sum > INT32_MAX)
			return say_error("%s: too large for an EFI program", s[i].name);
		if (add_section(pe, s[i].name, (uint32_t)size) < 0)
			return -1;
	}
	put(pe->stub + pe->at + CHECKSUM, 4, 0); /* only drivers need one */
	return 0;
}

static int write_content(int fd, const struct pe_section *s)
{
	int in, r;

	if (!s->path)
		return io_write(fd, s->text, strlen(s->text));
	in = open(s->path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return -errno;
	r = io_copy(in, fd);
	(void)close(in);
	return r;
}

/* Zeros up to the next section. */
static int pad(int fd, uint32_t to)
{
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at < 0 || ftruncate(fd, align((uint64_t)at, to)) < 0 || lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return 0;
}

static int write_all(const struct pe *pe, int fd, const struct pe_section *s, size_t n)
{
	int r = io_write(fd, pe->head, pe->size);

	if (r >= 0)
		r = pad(fd, pe->file);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = write_content(fd, &s[i]);
		if (r >= 0)
			r = pad(fd, pe->file);
	}
	return r < 0 ? say_error("cannot write the EFI program: %s", strerror(-r)) : 0;
}

int pe_write(int fd, const void *stub, size_t size, const struct pe_section *s, size_t n)
{
	uint8_t *copy = mem_dup(stub, size);
	struct pe pe = {.stub = copy, .head = copy, .size = size};
	int r = read_head(&pe) ? add_all(&pe, s, n) : say_error("the EFI stub is no PE program");

	if (r >= 0)
		r = write_all(&pe, fd, s, n);
	free(copy);
	return r;
}

int pe_part(const void *data, size_t size, size_t i, struct pe_part *ret)
{
	struct pe pe = {.head = data, .size = size};
	const uint8_t *line;
	uint32_t in_memory, in_file;

	if (!read_head(&pe))
		return -EBADMSG;
	if (i >= get(pe.head + pe.at + COFF_SECTIONS, 2))
		return -ENOENT;
	if ((size - pe.table) / SECTION <= i)
		return -EBADMSG;
	line = pe.head + pe.table + SECTION * i;
	in_memory = get(line + 8, 4);
	in_file = get(line + 16, 4);
	*ret = (struct pe_part){.at = get(line + 20, 4)};
	memcpy(ret->name, line, 8);
	/* In the file it ends at an alignment, in memory where it does. */
	ret->size = in_memory < in_file ? in_memory : in_file;
	return ret->at <= size && ret->size <= size - ret->at ? 0 : -EBADMSG;
}
