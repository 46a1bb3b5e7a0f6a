/* The verbs that need a secret key: keygen, sign. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "slot_disk.h"
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

static void sign_part(
	void *ctx, const struct slot_disk *d, const struct table_part *p, const struct mapped *part)
{
	struct signing *s = ctx;

	(void)d;
	(void)p;
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
	if (mapped_open(&f, path, access(path, W_OK) == 0) < 0)
		return -1;
	if (slot_disk_each(a, &f, sign_part, &s) > 0)
		r = s.bad ? -1 : 0;
	else
		r = mapped_is_slot(&f) ? sign_slot(a, k, &f) : sign_file(a, k, &f);
	mapped_close(&f);
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
