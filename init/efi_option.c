#include "efi_option.h"

#include <string.h>

#include "../lib/little.h"

/* The option's head: attributes, the length of its path; then a name in UTF-16 ended by NUL. */
enum {
	ATTRIBUTES = 0,
	PATH_BYTES = 4,
	NAME = 6,
	ACTIVE = 1,
};

/* A node of a device path (§10.3): type, kind, and its length with these four bytes. */
enum {
	NODE_KIND = 1,
	NODE_BYTES = 2,
	NODE_HEAD = 4,
	MEDIA = 4,
	MEDIA_HARD_DRIVE = 1,
	MEDIA_FILE = 4,
	END = 0x7f,
	END_ALL = 0xff,
};

/* MEDIA_HARD_DRIVE (§10.3.5.1). */
enum {
	DRIVE_NUMBER = 4,
	DRIVE_FIRST = 8,
	DRIVE_SECTORS = 16,
	DRIVE_GUID = 24,
	DRIVE_FORMAT = 40,
	DRIVE_SIGNATURE = 41,
	DRIVE_BYTES = 42,
	FORMAT_GPT = 2,
	SIGNATURE_GUID = 2,
};

#ifdef __aarch64__
#define PROGRAM "\\EFI\\BOOT\\BOOTAA64.EFI"
#else
#define PROGRAM "\\EFI\\BOOT\\BOOTX64.EFI"
#endif

/* ASCII as UTF-16, with its NUL; bytes. */
static size_t put_utf16(uint8_t *to, const char *text)
{
	size_t n = 0;

	do {
		put16(to + 2 * n, (uint16_t)text[n]);
	} while (text[n++]);
	return 2 * n;
}

static void put_head(uint8_t *node, uint8_t type, uint8_t kind, size_t bytes)
{
	node[0] = type;
	node[NODE_KIND] = kind;
	put16(node + NODE_BYTES, (uint16_t)bytes);
}

static size_t put_drive(uint8_t *node, const struct table_part *p)
{
	put_head(node, MEDIA, MEDIA_HARD_DRIVE, DRIVE_BYTES);
	put32(node + DRIVE_NUMBER, p->number);
	put64(node + DRIVE_FIRST, p->first);
	put64(node + DRIVE_SECTORS, p->sectors);
	memcpy(node + DRIVE_GUID, p->guid, sizeof(p->guid));
	node[DRIVE_FORMAT] = FORMAT_GPT;
	node[DRIVE_SIGNATURE] = SIGNATURE_GUID;
	return DRIVE_BYTES;
}

static size_t put_program(uint8_t *node)
{
	const size_t bytes = NODE_HEAD + put_utf16(node + NODE_HEAD, PROGRAM);

	put_head(node, MEDIA, MEDIA_FILE, bytes);
	return bytes;
}

size_t efi_option_make(char slot, const struct table_part *boot, uint8_t ret[EFI_OPTION_MAX])
{
	char name[] = "nanny, slot ?";
	uint8_t *path, *at;

	*strchr(name, '?') = slot;
	put32(ret + ATTRIBUTES, ACTIVE);
	path = at = ret + NAME + put_utf16(ret + NAME, name);
	at += put_drive(at, boot);
	at += put_program(at);
	put_head(at, END, END_ALL, NODE_HEAD);
	at += NODE_HEAD;
	put16(ret + PATH_BYTES, (uint16_t)(at - path));
	return (size_t)(at - ret);
}

/* Behind the name; NULL: it has no end. */
static const uint8_t *path_of(const uint8_t *option, size_t n)
{
	for (size_t at = NAME; at + 2 <= n; at += 2)
		if (get16(option + at) == 0)
			return option + at + 2;
	return NULL;
}

bool efi_option_is_of(const uint8_t *option, size_t n, const struct table_part *boot)
{
	const uint8_t *end = option + n, *node = path_of(option, n);

	while (node && end - node >= NODE_HEAD && node[0] != END) {
		const size_t bytes = get16(node + NODE_BYTES);

		if (bytes < NODE_HEAD || bytes > (size_t)(end - node))
			return false;
		if (node[0] == MEDIA && node[NODE_KIND] == MEDIA_HARD_DRIVE &&
			bytes == DRIVE_BYTES && node[DRIVE_SIGNATURE] == SIGNATURE_GUID)
			return memcmp(node + DRIVE_GUID, boot->guid, sizeof(boot->guid)) == 0;
		node += bytes;
	}
	return false;
}

static bool is_of(struct efi_pair pair, uint16_t option)
{
	return option == pair.chosen || option == pair.other;
}

/* Where the first of the pair is; 0 when there is none. */
static size_t place_of(const uint16_t *old, size_t n, struct efi_pair pair)
{
	for (size_t i = 0; i < n; i++)
		if (is_of(pair, old[i]))
			return i;
	return 0;
}

size_t efi_order(const uint16_t *old, size_t n, struct efi_pair pair, uint16_t ret[EFI_ORDER_MAX])
{
	const size_t place = place_of(old, n, pair);
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_of(pair, old[i]))
			continue;
		if (have == EFI_ORDER_MAX - 2)
			return 0;
		ret[have++] = old[i];
	}
	/* All before the place are others'. */
	memmove(ret + place + 2, ret + place, (have - place) * sizeof(*ret));
	ret[place] = pair.chosen;
	ret[place + 1] = pair.other;
	return have + 2;
}
