#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/verity.h"
#include "diag.h"
#include "io.h"
#include "sha256.h"

uint64_t slot_size(const struct manifest *m)
{
	return m->size + m->tree_size + SLOT_FOOTER;
}

/* The same content, the same salt; another content, another tree in every block. */
static void derive_salt(const uint8_t content[32], uint8_t ret[MANIFEST_HASH])
{
	static const char domain[] = "nanny-slot-salt";
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, domain, sizeof(domain));
	sha256_add(&s, content, 32);
	sha256_end(&s, ret);
}

void slot_sign(
	struct arena *a, const struct key *k, const struct manifest *m, uint8_t ret[SLOT_FOOTER])
{
	char *text = (char *)ret, *signature = text + SLOT_MANIFEST_MAX;
	uint8_t hash[MINISIGN_HASH];
	int n;

	memset(ret, 0, SLOT_FOOTER);
	n = manifest_print(m, text, SLOT_MANIFEST_MAX);
	minisign_hash(text, n > 0 ? (size_t)n : 0, hash);
	(void)snprintf(signature, SLOT_SIGNATURE_MAX, "%s",
		key_sign(a, k, hash, arena_printf(a, "%s %s", m->board, m->version)));
}

static int take_name(char to[MANIFEST_NAME], const char *what, const char *from)
{
	size_t n = strlen(from);

	if (n == 0 || n >= MANIFEST_NAME || from[strcspn(from, " \t\n\r=")])
		return say_error("%s \"%s\": 1 to %d characters without blanks", what, from,
			MANIFEST_NAME - 1);
	memcpy(to, from, n + 1);
	return 0;
}

static int take_boot(struct manifest *m, const struct slot_request *q)
{
	if (q->n_boot > MANIFEST_FILES)
		return say_error("a slot names at most %d boot files", MANIFEST_FILES);
	for (size_t i = 0; i < q->n_boot; i++) {
		if (take_name(m->file[i].name, "boot file", q->boot[i].name) < 0)
			return -1;
		memcpy(m->file[i].sha256, q->boot[i].sha256, MANIFEST_HASH);
	}
	m->n_files = q->n_boot;
	return 0;
}

static int take_version(struct arena *a, struct manifest *m, const char *version)
{
	char hex[65];

	sha256_hex(m->root, hex);
	return take_name(m->version, "version", version ? version : arena_printf(a, "%.12s", hex));
}

/* Of the file system that stands at the beginning of the map. */
static int seal(struct arena *a, struct manifest *m, const struct slot_request *q,
	const struct verity *v, uint8_t *map)
{
	uint8_t content[32];
	char text[SLOT_MANIFEST_MAX];

	sha256_of(map, m->size, content);
	derive_salt(content, m->salt);
	verity_build(v, m->salt, map, map + m->size, m->root);
	if (take_version(a, m, q->version) < 0 || take_boot(m, q) < 0)
		return -1;
	if (manifest_print(m, text, sizeof(text)) < 0)
		return say_error("the manifest cannot be written: a name in it is too long");
	slot_sign(a, q->key, m, map + m->size + m->tree_size);
	return 0;
}

static int check_fits(const struct manifest *m, uint64_t partition)
{
	uint64_t needs = slot_size(m);

	if (!partition || needs <= partition)
		return 0;
	return say_error("the slot takes %" PRIu64 " bytes (%" PRIu64 " of file system, %" PRIu64
			 " of verity tree, %d of footer); its partition has %" PRIu64 ": %" PRIu64
			 " too many",
		needs, m->size, m->tree_size, SLOT_FOOTER, partition, needs - partition);
}

static int copy_in(const char *path, int fd, uint64_t *ret_size)
{
	int in = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r = in < 0 || fstat(in, &st) < 0 ? -errno : 0;

	if (r == 0) {
		*ret_size = ((uint64_t)st.st_size + SLOT_BLOCK - 1) / SLOT_BLOCK * SLOT_BLOCK;
		r = io_copy(in, fd);
	}
	if (in >= 0)
		(void)close(in);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

int slot_write(struct arena *a, const struct slot_request *q, int fd)
{
	struct manifest m = {.security = q->security};
	struct verity v;
	uint8_t *map;
	int r;

	if (take_name(m.board, "board", q->board) < 0 ||
		take_name(m.filesystem, "file system", q->filesystem) < 0 ||
		copy_in(q->image, fd, &m.size) < 0)
		return -1;
	if (verity_plan(m.size / SLOT_BLOCK, &v) < 0)
		return say_error("%s: not a size for a slot", q->image);
	m.tree_size = v.tree_blocks * SLOT_BLOCK;
	if (check_fits(&m, q->partition) < 0)
		return -1;
	if (ftruncate(fd, (off_t)slot_size(&m)) < 0)
		return say_error("cannot write the slot: %s", strerror(errno));
	map = mmap(NULL, slot_size(&m), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return say_error("cannot map the slot: %s", strerror(errno));
	r = seal(a, &m, q, &v, map);
	(void)munmap(map, slot_size(&m));
	return r;
}

static int copy_range(int from, uint64_t at, int to, uint64_t to_at, uint64_t n)
{
	static uint8_t buf[1 << 16];

	while (n) {
		size_t want = n < sizeof(buf) ? (size_t)n : sizeof(buf);
		ssize_t got = pread(from, buf, want, (off_t)at);

		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		for (ssize_t done = 0; done < got;) {
			ssize_t w = pwrite(to, buf + done, (size_t)(got - done),
				(off_t)(to_at + (uint64_t)done));

			if (w < 0)
				return -errno;
			done += w;
		}
		at += (uint64_t)got;
		to_at += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return 0;
}

int slot_place(const char *slot, int disk, uint64_t at, uint64_t size)
{
	int fd = open(slot, O_RDONLY | O_CLOEXEC);
	struct stat st = {0};
	uint64_t body;
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r == 0 && ((uint64_t)st.st_size > size || st.st_size < SLOT_FOOTER))
		r = -EFBIG;
	body = (uint64_t)st.st_size - SLOT_FOOTER;
	if (r == 0)
		r = copy_range(fd, 0, disk, at, body);
	if (r == 0)
		r = copy_range(fd, body, disk, at + size - SLOT_FOOTER, SLOT_FOOTER);
	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? say_error("%s: cannot be put into a partition of %" PRIu64 " bytes: %s",
			       slot, size, strerror(-r))
		     : 0;
}

static int check_blocks(
	const struct slot_view *view, const struct manifest *m, char *why, size_t why_size)
{
	struct verity v;
	uint64_t block;
	enum verity_part part;

	if (verity_plan(m->size / SLOT_BLOCK, &v) < 0)
		return -EBADMSG;
	part = verity_check(&v, m->salt, view->data, view->data + m->size, m->root, &block);
	if (part == VERITY_GOOD)
		return 0;
	(void)snprintf(why, why_size, "damaged: block %" PRIu64 " of the %s is not what was signed",
		block, part == VERITY_DATA ? "file system" : "verity tree");
	return -EUCLEAN;
}

int slot_check(const struct slot_view *v, const struct footer_expect *e, struct manifest *ret,
	char *why, size_t why_size)
{
	struct footer_expect here = *e;
	int r;

	if (v->size < SLOT_FOOTER || v->size % 512 != 0) {
		(void)snprintf(why, why_size, "too short for a slot");
		return -EBADMSG;
	}
	here.partition = v->size;
	r = footer_check(v->data + v->size - SLOT_FOOTER, &here, ret, why, why_size);
	return r < 0 ? r : check_blocks(v, ret, why, why_size);
}
