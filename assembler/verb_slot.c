/* The verbs that deal with keys and slots: keygen, sign, verify. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "../lib/table.h"
#include "../lib/text.h"
#include "cache.h"
#include "io.h"
#include "slot.h"
#include "verb.h"

int verb_keygen(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {{NULL, 0, NULL, 0}};
	int r;

	if (verb_option(argc, argv, names) >= 0)
		return EXIT_BAD_INPUT;
	if (argc - optind != 1 || !*argv[optind])
		return verb_usage(argv[0], "name the key: it becomes NAME.key and NAME.pub");
	r = key_make(env->arena, argv[optind], false);
	if (r == -EEXIST)
		return EXIT_BAD_INPUT;
	if (r < 0)
		return EXIT_FAILED;
	(void)printf("%s.key: secret, for nanny build --key; keep a copy where no machine is\n"
		     "%s.pub: for nanny verify --key, and minisign -V -p\n",
		argv[optind], argv[optind]);
	return EXIT_GOOD;
}

/* A file, mapped whole. */
struct mapped {
	const char *path;
	int fd;
	bool writable;
	uint8_t *data;
	uint64_t size;
};

static int map_file(struct mapped *f, const char *path, bool writable)
{
	struct stat st;

	*f = (struct mapped){.path = path, .writable = writable};
	f->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (f->fd < 0)
		return say_error("%s: %s", path, strerror(errno));
	if (fstat(f->fd, &st) == 0 && st.st_size > 0) {
		f->size = (uint64_t)st.st_size;
		f->data = mmap(NULL, f->size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED,
			f->fd, 0);
	}
	if (f->data && f->data != MAP_FAILED)
		return 0;
	(void)close(f->fd);
	return say_error("%s: %s", path, f->data ? strerror(errno) : "it is empty");
}

static void unmap_file(struct mapped *f)
{
	(void)munmap(f->data, f->size);
	(void)close(f->fd);
}

/* Does it end as a slot does?  Nothing of it is believed yet. */
static bool looks_like_slot(const uint8_t *data, uint64_t size)
{
	static const char first[] = "nanny-slot ";

	return size >= SLOT_FOOTER &&
	       memcmp(data + size - SLOT_FOOTER, first, sizeof(first) - 1) == 0;
}

static int read_mapped(void *ctx, uint64_t sector, void *buf, size_t sectors)
{
	const struct mapped *f = ctx;

	if (sector + sectors > f->size / TABLE_SECTOR)
		return -EIO;
	memcpy(buf, f->data + sector * TABLE_SECTOR, sectors * TABLE_SECTOR);
	return 0;
}

/* Every partition that ends as a slot does; how many there were. */
static int each_slot(struct arena *a, const struct mapped *f,
	void (*visit)(void *ctx, const struct mapped *part), void *ctx)
{
	static struct table t;
	int found = 0;

	if (table_read(&t, f->size / TABLE_SECTOR, read_mapped, (void *)f) < 0)
		return 0;
	for (size_t i = 0; i < t.n; i++) {
		const struct table_part *p = &t.part[i];
		const struct mapped part = {
			.path = arena_printf(a, "%s: partition %u%s%s", f->path, p->number,
				p->name[0] ? " " : "", p->name),
			.fd = f->fd,
			.writable = f->writable,
			.data = f->data + p->first * TABLE_SECTOR,
			.size = p->sectors * TABLE_SECTOR,
		};

		if (!looks_like_slot(part.data, part.size))
			continue;
		visit(ctx, &part);
		found++;
	}
	return found;
}

/* ------------------------------------------------------------------ sign */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int r = fd < 0 ? -errno : io_write(fd, text, strlen(text));

	if (fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

/* Whoever signed it before does not matter; that it is whole does. */
static int sign_slot(struct arena *a, const struct key *k, const struct mapped *f)
{
	uint8_t *footer = f->data + f->size - SLOT_FOOTER, fresh[SLOT_FOOTER];
	struct footer_expect e = {.key = k->pub};
	struct slot_view v = {f->data, f->size};
	struct manifest m;
	char why[256];
	size_t n = strnlen((const char *)footer, SLOT_MANIFEST_MAX);

	if (!f->writable)
		return say_error("%s: not signed: the file may only be read", f->path);
	if (manifest_parse((const char *)footer, n, &m, why, sizeof(why)) < 0)
		return say_error("%s: not signed: bad manifest: %s", f->path, why);
	slot_sign(a, k, &m, fresh);
	memcpy(footer, fresh, sizeof(fresh));
	if (slot_check(&v, &e, &m, why, sizeof(why)) < 0) {
		memset(footer + SLOT_MANIFEST_MAX, 0, SLOT_SIGNATURE_MAX);
		return say_error("%s: not signed: %s", f->path, why);
	}
	if (fdatasync(f->fd) < 0)
		return say_error("%s: %s", f->path, strerror(errno));
	(void)printf("%s: signed\n", f->path);
	return 0;
}

struct signing {
	struct arena *arena;
	const struct key *key;
	int bad;
};

static void sign_part(void *ctx, const struct mapped *part)
{
	struct signing *s = ctx;

	s->bad += sign_slot(s->arena, s->key, part) < 0;
}

static int sign_file(struct arena *a, const struct key *k, const struct mapped *f)
{
	const char *slash = strrchr(f->path, '/');
	const char *to = arena_printf(a, "%s.minisig", f->path);
	uint8_t hash[MINISIGN_HASH];

	minisign_hash(f->data, f->size, hash);
	if (write_file(to, key_sign(a, k, hash,
				   arena_printf(a, "file:%s", slash ? slash + 1 : f->path))) < 0)
		return -1;
	(void)printf("%s: written\n", to);
	return 0;
}

static int sign_one(struct arena *a, const struct key *k, const char *path)
{
	struct signing s = {a, k, 0};
	struct mapped f;
	int r;

	/* Only slots are changed themselves; a file that may only be read can still be signed. */
	if (map_file(&f, path, access(path, W_OK) == 0) < 0)
		return -1;
	if (each_slot(a, &f, sign_part, &s) > 0)
		r = s.bad ? -1 : 0;
	else
		r = looks_like_slot(f.data, f.size) ? sign_slot(a, k, &f) : sign_file(a, k, &f);
	unmap_file(&f);
	return r;
}

int verb_sign(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {
		{"key", required_argument, NULL, 'k'}, {NULL, 0, NULL, 0}};
	const char *file = NULL;
	const struct key *k;
	int c, r = 0;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c != 'k')
			return EXIT_BAD_INPUT;
		file = optarg;
	}
	if (!file || optind == argc)
		return verb_usage(argv[0], "name --key FILE.key and what to sign");
	k = key_load(env->arena, file);
	if (!k)
		return EXIT_BAD_INPUT;
	for (int i = optind; i < argc; i++)
		if (sign_one(env->arena, k, argv[i]) < 0)
			r = -1;
	return r < 0 ? EXIT_FAILED : EXIT_GOOD;
}

/* ------------------------------------------------------------------ verify */

struct verify {
	struct arena *arena;
	struct footer_expect expect;
	json_t *json; /* NULL: text */
	int bad;
};

static void print_slot(struct verify *q, const char *name, const struct manifest *m)
{
	char text[SLOT_MANIFEST_MAX];

	(void)printf("%s: good\n", name);
	if (manifest_print(m, text, sizeof(text)) > 0)
		(void)printf("%s", text);
	(void)q;
}

static void add_slot(struct verify *q, const char *name, const struct manifest *m, const char *why)
{
	json_t *slot = json_pack("{s:s, s:b}", "slot", name, "good", why == NULL);
	char root[65];

	if (why) {
		(void)json_object_set_new(slot, "why", json_string(why));
	} else {
		sha256_hex(m->root, root);
		(void)json_object_set_new(slot, "board", json_string(m->board));
		(void)json_object_set_new(slot, "version", json_string(m->version));
		(void)json_object_set_new(
			slot, "security_version", json_integer((json_int_t)m->security));
		(void)json_object_set_new(slot, "bytes", json_integer((json_int_t)slot_size(m)));
		(void)json_object_set_new(slot, "root_hash", json_string(root));
	}
	(void)json_array_append_new(q->json, slot);
}

static void verify_slot(struct verify *q, const char *name, const struct slot_view *v)
{
	struct manifest m;
	char why[256];
	int r = slot_check(v, &q->expect, &m, why, sizeof(why));

	q->bad += r < 0;
	if (q->json)
		add_slot(q, name, &m, r < 0 ? why : NULL);
	else if (r < 0)
		(void)say_error("%s: refused: %s", name, why);
	else
		print_slot(q, name, &m);
}

static void verify_part(void *ctx, const struct mapped *part)
{
	verify_slot(ctx, part->path, &(struct slot_view){part->data, part->size});
}

static void verify_one(struct verify *q, const char *path)
{
	struct mapped f;

	if (map_file(&f, path, false) < 0) {
		q->bad++;
		return;
	}
	/* A disk's last partition ends as the disk does. */
	if (each_slot(q->arena, &f, verify_part, q) == 0)
		verify_slot(q, path, &(struct slot_view){f.data, f.size});
	unmap_file(&f);
}

static int verify_all(struct verify *q, int argc, char **argv, bool json)
{
	if (json)
		q->json = json_array();
	for (int i = optind; i < argc; i++)
		verify_one(q, argv[i]);
	if (json) {
		(void)json_dumpf(q->json, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(q->json);
	}
	return fflush(stdout) == 0 && !q->bad ? EXIT_GOOD : EXIT_FAILED;
}

int verb_verify(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {
		{"key", required_argument, NULL, 'k'},
		{"board", required_argument, NULL, 'b'},
		{"security-version", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct verify q = {.arena = env->arena};
	const char *key = NULL;
	bool json = false;
	int64_t security = 0;
	int c;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c == 'k')
			key = optarg;
		else if (c == 'b')
			q.expect.board = optarg;
		else if (c == 's' && !text_number(optarg, 0, INT64_MAX / 2, &security))
			return verb_usage(argv[0], "--security-version is a number");
		else if (c == 'j')
			json = true;
		else if (c == '?')
			return EXIT_BAD_INPUT;
	}
	if (!key || optind == argc)
		return verb_usage(argv[0], "name --key FILE.pub and a slot or a disk image");
	q.expect.security = (uint64_t)security;
	if (key_load_public(env->arena, key, &q.expect.key) < 0)
		return EXIT_BAD_INPUT;
	return verify_all(&q, argc, argv, json);
}
