#include "minisign.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define TRUSTED   "trusted comment: "
#define UNTRUSTED "untrusted comment: "

/* A line without its end; the rest is what follows it. */
struct lines {
	const char *at;
	size_t left;
};

static int next(struct lines *l, const char **ret, size_t *ret_len)
{
	const char *end = memchr(l->at, '\n', l->left);
	size_t n = end ? (size_t)(end - l->at) : strnlen(l->at, l->left);

	if (l->left == 0)
		return -EBADMSG;
	*ret = l->at;
	*ret_len = n;
	l->at += n + (end != NULL);
	l->left -= n + (end != NULL);
	/* minisign writes plain ends, but such files travel. */
	if (n > 0 && (*ret)[n - 1] == '\r')
		(*ret_len)--;
	return 0;
}

static int starts(const char *line, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* Exactly `size` bytes in base64. */
static int decode(const char *line, size_t n, uint8_t *ret, size_t size)
{
	const char *end;
	size_t got;

	/* libsodium 1.0.18 reads 0xaf as '/'. */
	for (size_t i = 0; i < n; i++)
		if (line[i] & 0x80)
			return -EBADMSG;
	if (sodium_base642bin(
		    ret, size, line, n, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) < 0)
		return -EBADMSG;
	return got == size && end == line + n ? 0 : -EBADMSG;
}

int minisign_read_key(const char *text, size_t n, struct minisign_key *ret)
{
	struct lines l = {text, n};
	uint8_t raw[2 + MINISIGN_ID + MINISIGN_KEY];
	const char *line;
	size_t len;

	if (next(&l, &line, &len) < 0)
		return -EBADMSG;
	if (starts(line, len, UNTRUSTED) && next(&l, &line, &len) < 0)
		return -EBADMSG;
	if (decode(line, len, raw, sizeof(raw)) < 0 || memcmp(raw, "Ed", 2) != 0)
		return -EBADMSG;
	memcpy(ret->id, raw + 2, MINISIGN_ID);
	memcpy(ret->key, raw + 2 + MINISIGN_ID, MINISIGN_KEY);
	return 0;
}

int minisign_read(const char *text, size_t n, struct minisign_signature *ret)
{
	struct lines l = {text, n};
	uint8_t raw[2 + MINISIGN_ID + MINISIGN_SIGNATURE];
	const char *line;
	size_t len, skip = strlen(TRUSTED);

	*ret = (struct minisign_signature){0};
	if (next(&l, &line, &len) < 0 || !starts(line, len, UNTRUSTED))
		return -EBADMSG;
	if (next(&l, &line, &len) < 0 || decode(line, len, raw, sizeof(raw)) < 0 ||
		memcmp(raw, "ED", 2) != 0)
		return -EBADMSG;
	memcpy(ret->id, raw + 2, MINISIGN_ID);
	memcpy(ret->message, raw + 2 + MINISIGN_ID, MINISIGN_SIGNATURE);
	if (next(&l, &line, &len) < 0 || !starts(line, len, TRUSTED) ||
		len - skip >= MINISIGN_COMMENT)
		return -EBADMSG;
	memcpy(ret->comment, line + skip, len - skip);
	if (next(&l, &line, &len) < 0 || l.left)
		return -EBADMSG;
	return decode(line, len, ret->global, MINISIGN_SIGNATURE);
}

int minisign_check(const struct minisign_key *k, const struct minisign_signature *s,
	const uint8_t hash[MINISIGN_HASH])
{
	uint8_t all[MINISIGN_SIGNATURE + MINISIGN_COMMENT];
	size_t n = strlen(s->comment);

	if (memcmp(k->id, s->id, MINISIGN_ID) != 0)
		return -ENOKEY;
	if (crypto_sign_verify_detached(s->message, hash, MINISIGN_HASH, k->key) != 0)
		return -EKEYREJECTED;
	memcpy(all, s->message, MINISIGN_SIGNATURE);
	memcpy(all + MINISIGN_SIGNATURE, s->comment, n);
	if (crypto_sign_verify_detached(s->global, all, MINISIGN_SIGNATURE + n, k->key) != 0)
		return -EKEYREJECTED;
	return 0;
}

void minisign_hash(const void *message, size_t n, uint8_t ret[MINISIGN_HASH])
{
	(void)crypto_generichash_blake2b(ret, MINISIGN_HASH, message, n, NULL, 0);
}
