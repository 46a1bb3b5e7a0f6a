#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "mem.h"

/* A secret key's file, decoded (minisign's struct SeckeyStruct); numbers are little-endian. */
struct raw_key {
	uint8_t algorithm[2]; /* "Ed" */
	uint8_t kdf[2];       /* "Sc": scrypt; two NULs: no password */
	uint8_t checksum[2];  /* "B2" */
	uint8_t salt[32];
	uint8_t ops[8], mem[8]; /* scrypt's limits */
	struct {
		uint8_t id[MINISIGN_ID];
		uint8_t secret[64];
		uint8_t sum[32]; /* BLAKE2b-256 of algorithm, id, secret */
	} sealed;                /* XORed with what scrypt makes of the password */
};
_Static_assert(sizeof(struct raw_key) == 158, "minisign's file is packed");

enum {
	FILE_MAX = 4096,
	BASE64_MAX = 256,
};

static const char development[] = "nanny DEVELOPMENT key, for tests only";

/* "0123456789ABCDEF", as minisign shows a key's id. */
static const char *id_text(struct arena *a, const uint8_t id[MINISIGN_ID])
{
	const char *text = "";

	for (size_t i = MINISIGN_ID; i-- > 0;)
		text = arena_printf(a, "%s%02X", text, id[i]);
	return text;
}

static void checksum(const struct raw_key *raw, uint8_t ret[32])
{
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, NULL, 0, 32);
	(void)crypto_generichash_update(&s, raw->algorithm, 2);
	(void)crypto_generichash_update(&s, raw->sealed.id, MINISIGN_ID);
	(void)crypto_generichash_update(&s, raw->sealed.secret, 64);
	(void)crypto_generichash_final(&s, ret, 32);
}

static const char *base64(struct arena *a, const void *data, size_t n)
{
	size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_alloc(a, size);

	return sodium_bin2base64(text, size, data, n, sodium_base64_VARIANT_ORIGINAL);
}

/* A new file with this text and nothing else; -EEXIST when there is one. */
static int write_new(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r = fd < 0 ? -errno : io_write(fd, text, strlen(text));

	if (fd >= 0 && r == 0 && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	if (fd >= 0 && r < 0)
		(void)unlink(path);
	return r;
}

const char *key_public_text(struct arena *a, const struct key *k)
{
	uint8_t raw[2 + MINISIGN_ID + MINISIGN_KEY] = "Ed";

	memcpy(raw + 2, k->pub.id, MINISIGN_ID);
	memcpy(raw + 2 + MINISIGN_ID, k->pub.key, MINISIGN_KEY);
	return arena_printf(a, "untrusted comment: %s %s\n%s\n",
		k->is_development ? development : "minisign public key", id_text(a, k->pub.id),
		base64(a, raw, sizeof(raw)));
}

static const char *secret_text(struct arena *a, const struct key *k)
{
	struct raw_key raw = {.algorithm = "Ed", .checksum = "B2"};
	const char *text;

	memcpy(raw.sealed.id, k->pub.id, MINISIGN_ID);
	memcpy(raw.sealed.secret, k->secret, sizeof(k->secret));
	checksum(&raw, raw.sealed.sum);
	text = arena_printf(a, "untrusted comment: %s\n%s\n",
		k->is_development ? development : "minisign secret key without a password",
		base64(a, &raw, sizeof(raw)));
	sodium_memzero(&raw, sizeof(raw));
	return text;
}

static int write_pair(struct arena *a, const struct key *k, const char *pub)
{
	int r = write_new(k->file, 0600, secret_text(a, k));

	if (r < 0)
		return say_error("%s: %s%s", k->file, strerror(-r),
			       r == -EEXIST ? "; a key is never overwritten" : ""),
		       r;
	r = write_new(pub, 0644, key_public_text(a, k));
	if (r < 0) {
		(void)unlink(k->file);
		return say_error("%s: %s%s", pub, strerror(-r),
			       r == -EEXIST ? "; a key is never overwritten" : ""),
		       r;
	}
	return 0;
}

int key_make(struct arena *a, const char *name, bool is_development)
{
	struct key k = {.file = arena_printf(a, "%s.key", name), .is_development = is_development};
	int r;

	randombytes_buf(k.pub.id, sizeof(k.pub.id));
	(void)crypto_sign_keypair(k.pub.key, k.secret);
	r = write_pair(a, &k, arena_printf(a, "%s.pub", name));
	sodium_memzero(&k, sizeof(k));
	return r == 0 || r == -EEXIST ? r : -1;
}

/* All of a small file; NULL after say_error(). */
static char *load(struct arena *a, const char *file, size_t *ret_len)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, FILE_MAX + 1);
	ssize_t n = fd < 0 ? -1 : read(fd, text, FILE_MAX);

	if (n < 0)
		(void)say_error("%s: %s", file, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	*ret_len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : text;
}

static uint64_t number(const uint8_t bytes[8])
{
	uint64_t v = 0;

	for (int i = 8; i-- > 0;)
		v = v << 8 | bytes[i];
	return v;
}

static const char *password(const char *file)
{
	const char *given = getenv(KEY_PASSWORD);

	if (given)
		return given;
	(void)fprintf(stderr, "%s ", file);
	return getpass("password: ");
}

static int open_sealed(struct raw_key *raw, const char *file)
{
	uint8_t mask[sizeof(raw->sealed)], *sealed = (uint8_t *)&raw->sealed;
	const char *pass = password(file);
	int r = pass ? crypto_pwhash_scryptsalsa208sha256(mask, sizeof(mask), pass, strlen(pass),
			       raw->salt, number(raw->ops), (size_t)number(raw->mem))
		     : -1;

	if (r < 0)
		return say_error("%s: its password cannot be tried", file);
	for (size_t i = 0; i < sizeof(mask); i++)
		sealed[i] ^= mask[i];
	sodium_memzero(mask, sizeof(mask));
	return 0;
}

/* minisign leaves the sum of a key without a password empty; the secret's halves still belong
 * together. */
static bool is_whole(const struct raw_key *raw, bool has_password)
{
	uint8_t sum[32], pub[MINISIGN_KEY], secret[64];
	bool fits;

	checksum(raw, sum);
	if (sodium_memcmp(sum, raw->sealed.sum, sizeof(sum)) == 0)
		return true;
	(void)crypto_sign_seed_keypair(pub, secret, raw->sealed.secret);
	fits = sodium_memcmp(secret, raw->sealed.secret, sizeof(secret)) == 0;
	sodium_memzero(secret, sizeof(secret));
	return fits && !has_password && sodium_is_zero(raw->sealed.sum, sizeof(raw->sealed.sum));
}

static int decode(const char *text, size_t n, const char *file, struct raw_key *raw)
{
	static const uint8_t no_kdf[2];
	const char *line = memchr(text, '\n', n);
	bool has_password;
	size_t got;

	if (!line ||
		sodium_base642bin((uint8_t *)raw, sizeof(*raw), line + 1, strcspn(line + 1, "\r\n"),
			NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) < 0 ||
		got != sizeof(*raw) || memcmp(raw->algorithm, "Ed", 2) != 0 ||
		memcmp(raw->checksum, "B2", 2) != 0)
		return say_error("%s: this is no secret key of minisign's", file);
	has_password = memcmp(raw->kdf, no_kdf, 2) != 0;
	if (has_password && open_sealed(raw, file) < 0)
		return -1;
	if (!is_whole(raw, has_password))
		return say_error("%s: the key is damaged, or the password is another", file);
	return 0;
}

struct key *key_load(struct arena *a, const char *file)
{
	struct key *k = arena_alloc(a, sizeof(*k));
	struct raw_key raw = {0};
	size_t n;
	char *text = load(a, file, &n);
	struct stat st;

	if (!text || decode(text, n, file, &raw) < 0)
		return NULL;
	if (stat(file, &st) == 0 && st.st_mode & 077)
		say_progress("%s: others may read this secret key (mode %04o)", file,
			(unsigned)st.st_mode & 07777);
	k->file = arena_strdup(a, file);
	k->is_development = strstr(text, development) != NULL;
	memcpy(k->pub.id, raw.sealed.id, MINISIGN_ID);
	memcpy(k->secret, raw.sealed.secret, sizeof(k->secret));
	(void)crypto_sign_ed25519_sk_to_pk(k->pub.key, k->secret);
	sodium_memzero(&raw, sizeof(raw));
	sodium_memzero(text, n);
	return k;
}

static const char *development_name(struct arena *a)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const char *folder = xdg && xdg[0] == '/'     ? arena_printf(a, "%s/nanny", xdg)
			     : home && home[0] == '/' ? arena_printf(a, "%s/.config/nanny", home)
						      : NULL;
	int r = folder ? io_make_dirs(folder) : -ENOENT;

	if (r < 0) {
		(void)say_error("no place for the development key: %s",
			folder ? strerror(-r) : "neither XDG_CONFIG_HOME nor HOME is set");
		return NULL;
	}
	return arena_printf(a, "%s/development", folder);
}

struct key *key_development(struct arena *a)
{
	const char *name = development_name(a);
	const char *file = name ? arena_printf(a, "%s.key", name) : NULL;

	if (!name)
		return NULL;
	if (access(file, F_OK) < 0 && key_make(a, name, true) < 0)
		return NULL;
	say_progress(
		"signed with the DEVELOPMENT key %s: for tests, not for devices that leave the "
		"house (nanny keygen, build --key)",
		file);
	return key_load(a, file);
}

int key_load_public(struct arena *a, const char *file, struct minisign_key *ret)
{
	size_t n;
	const char *text = load(a, file, &n);

	if (!text)
		return -1;
	if (minisign_read_key(text, n, ret) < 0)
		return say_error("%s: this is no public key of minisign's", file);
	return 0;
}

const char *key_sign(struct arena *a, const struct key *k, const uint8_t hash[MINISIGN_HASH],
	const char *comment)
{
	uint8_t raw[2 + MINISIGN_ID + MINISIGN_SIGNATURE] = "ED", global[MINISIGN_SIGNATURE];
	uint8_t *signature = raw + 2 + MINISIGN_ID;
	size_t n = strnlen(comment, MINISIGN_COMMENT - 1);
	uint8_t all[MINISIGN_SIGNATURE + MINISIGN_COMMENT];

	memcpy(raw + 2, k->pub.id, MINISIGN_ID);
	(void)crypto_sign_detached(signature, NULL, hash, MINISIGN_HASH, k->secret);
	memcpy(all, signature, MINISIGN_SIGNATURE);
	memcpy(all + MINISIGN_SIGNATURE, comment, n);
	(void)crypto_sign_detached(global, NULL, all, MINISIGN_SIGNATURE + n, k->secret);
	return arena_printf(a,
		"untrusted comment: signature from %s\n%s\ntrusted comment: %.*s\n%s\n",
		k->is_development ? development : "nanny", base64(a, raw, sizeof(raw)), (int)n,
		comment, base64(a, global, sizeof(global)));
}
