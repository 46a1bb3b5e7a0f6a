#include "footer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

static int refuse(struct text *t, int r, const char *why)
{
	text_add(t, why);
	return r;
}

/* Filled up with NUL to its end: what is signed is all there is. */
static bool half(const uint8_t *at, size_t *ret_len)
{
	size_t n = strnlen((const char *)at, SLOT_FOOTER / 2);

	*ret_len = n;
	for (size_t i = n; i < SLOT_FOOTER / 2; i++)
		if (at[i])
			return false;
	return n > 0 && n < SLOT_FOOTER / 2;
}

static int check_signature(
	const uint8_t *footer, const struct minisign_key *key, struct text *t, size_t *ret_len)
{
	const uint8_t *text = footer + SLOT_MANIFEST_MAX;
	struct minisign_signature s;
	uint8_t hash[MINISIGN_HASH];
	size_t n, text_len;

	if (!half(footer, &n))
		return refuse(t, -EBADMSG, "there is no manifest; is it a slot at all?");
	if (!half(text, &text_len) || minisign_read((const char *)text, text_len, &s) < 0)
		return refuse(t, -EBADMSG, "bad signature: it is not in minisign's format");
	minisign_hash(footer, n, hash);
	*ret_len = n;
	switch (minisign_check(key, &s, hash)) {
	case 0:
		return 0;
	case -ENOKEY:
		text_add(t, "wrong key: it was signed with another one, ");
		for (size_t i = MINISIGN_ID; i-- > 0;)
			text_addf(t, "%02X", s.id[i]);
		return -ENOKEY;
	default:
		return refuse(t, -EKEYREJECTED, "bad signature: the manifest was changed");
	}
}

static int check_terms(const struct manifest *m, const struct footer_expect *e, struct text *t)
{
	uint64_t needs = m->size + m->tree_size + SLOT_FOOTER;

	if (e->board && strcmp(m->board, e->board) != 0) {
		text_addf(t, "wrong board: it is for %s, this is %s", m->board, e->board);
		return -EXDEV;
	}
	if (m->security < e->security) {
		text_addf(t,
			"older security version: it has %llu, this machine takes %llu or later",
			(unsigned long long)m->security, (unsigned long long)e->security);
		return -ESTALE;
	}
	if (needs > e->partition) {
		text_addf(t, "cut off: it takes %llu bytes, and there are %llu",
			(unsigned long long)needs, (unsigned long long)e->partition);
		return -EFBIG;
	}
	return 0;
}

int footer_check(const uint8_t footer[SLOT_FOOTER], const struct footer_expect *e,
	struct manifest *ret, char *why, size_t why_size)
{
	struct text t = text_in(why, why_size);
	char what[96];
	size_t n;
	int r = check_signature(footer, &e->key, &t, &n);

	if (r < 0)
		return r;
	r = manifest_parse((const char *)footer, n, ret, what, sizeof(what));
	if (r < 0) {
		text_addf(&t, "bad manifest: %s", what);
		return r;
	}
	return check_terms(ret, e, &t);
}
