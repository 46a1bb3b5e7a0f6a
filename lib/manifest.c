#include "manifest.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"
#include "verity.h"

#define FIRST_LINE "nanny-slot 1\n"

enum kind {
	NAME,
	NUMBER,
	HASH,
	FILES,
};

/* One line of the text, in its order. */
static const struct row {
	const char *key;
	enum kind kind;
	size_t at;
} rows[] = {
	{"board", NAME, offsetof(struct manifest, board)},
	{"version", NAME, offsetof(struct manifest, version)},
	{"security-version", NUMBER, offsetof(struct manifest, security)},
	{"filesystem", NAME, offsetof(struct manifest, filesystem)},
	{"size", NUMBER, offsetof(struct manifest, size)},
	{"verity-size", NUMBER, offsetof(struct manifest, tree_size)},
	{"verity-salt", HASH, offsetof(struct manifest, salt)},
	{"verity-root-sha256", HASH, offsetof(struct manifest, root)},
	{"boot-sha256", FILES, 0},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static bool name_ok(const char *s, size_t n)
{
	if (n == 0 || n >= MANIFEST_NAME)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return true;
}

static void add_hash(struct text *t, const uint8_t hash[MANIFEST_HASH])
{
	for (size_t i = 0; i < MANIFEST_HASH; i++)
		text_addf(t, "%02x", hash[i]);
}

static bool print_row(struct text *t, const struct manifest *m, const struct row *row)
{
	const char *field = (const char *)m + row->at;

	if (row->kind == FILES) {
		for (size_t i = 0; i < m->n_files; i++) {
			if (!name_ok(m->file[i].name, strlen(m->file[i].name)))
				return false;
			text_addf(t, "%s=%s ", row->key, m->file[i].name);
			add_hash(t, m->file[i].sha256);
			text_add(t, "\n");
		}
		return true;
	}
	text_addf(t, "%s=", row->key);
	if (row->kind == NAME)
		text_add(t, field);
	else if (row->kind == NUMBER)
		text_addf(t, "%llu", (unsigned long long)*(const uint64_t *)field);
	else
		add_hash(t, (const uint8_t *)field);
	text_add(t, "\n");
	return row->kind != NAME || name_ok(field, strlen(field));
}

int manifest_print(const struct manifest *m, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	text_add(&t, FIRST_LINE);
	for (size_t i = 0; i < N_ROWS; i++)
		if (!print_row(&t, m, &rows[i]))
			return -EINVAL;
	return t.cut ? -ENOSPC : (int)t.len;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hash(const char *s, size_t n, uint8_t ret[MANIFEST_HASH])
{
	if (n != 2 * MANIFEST_HASH)
		return false;
	for (size_t i = 0; i < MANIFEST_HASH; i++) {
		int high = digit(s[2 * i]), low = digit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool take_number(const char *s, size_t n, uint64_t *ret)
{
	char digits[24];
	int64_t v;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	/* One way to write each: a text is signed, so nobody needs to write it another way. */
	if (digits[0] == '-' || (digits[0] == '0' && n > 1) ||
		!text_number(digits, 0, INT64_MAX / 2, &v))
		return false;
	*ret = (uint64_t)v;
	return true;
}

static bool take_name(const char *s, size_t n, char ret[MANIFEST_NAME])
{
	if (!name_ok(s, n))
		return false;
	memcpy(ret, s, n);
	ret[n] = '\0';
	return true;
}

static bool take_file(const char *s, size_t n, struct manifest *m)
{
	const char *space = memchr(s, ' ', n);
	size_t name = space ? (size_t)(space - s) : 0;
	struct manifest_file *f = &m->file[m->n_files];

	if (!space || m->n_files == MANIFEST_FILES || !take_name(s, name, f->name) ||
		!take_hash(space + 1, n - name - 1, f->sha256))
		return false;
	m->n_files++;
	return true;
}

static bool take(const struct row *row, const char *s, size_t n, struct manifest *m)
{
	char *field = (char *)m + row->at;

	switch (row->kind) {
	case NAME:
		return take_name(s, n, field);
	case NUMBER:
		return take_number(s, n, (uint64_t *)field);
	case HASH:
		return take_hash(s, n, (uint8_t *)field);
	case FILES:
		return take_file(s, n, m);
	}
	return false;
}

/* The value of "KEY=VALUE"; NULL: it is a line of another key. */
static const char *value_of(const char *line, size_t n, const char *key, size_t *ret_len)
{
	size_t k = strlen(key);

	if (n <= k || memcmp(line, key, k) != 0 || line[k] != '=')
		return NULL;
	*ret_len = n - k - 1;
	return line + k + 1;
}

static int bad(char *why, size_t size, const char *what, const char *rest)
{
	struct text t = text_in(why, size);

	text_add(&t, what);
	text_add(&t, rest);
	return -EBADMSG;
}

static bool sizes_agree(const struct manifest *m)
{
	struct verity v;

	return m->size && m->size % SLOT_BLOCK == 0 && verity_plan(m->size / SLOT_BLOCK, &v) == 0 &&
	       m->tree_size == v.tree_blocks * SLOT_BLOCK;
}

int manifest_parse(const char *text, size_t n, struct manifest *ret, char *why, size_t why_size)
{
	const char *end = text + n, *value;
	size_t row = 0, len;

	*ret = (struct manifest){0};
	if (n < strlen(FIRST_LINE) || memcmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return bad(why, why_size, "it is of a kind that is not known here", "");
	for (text += strlen(FIRST_LINE); text < end; text += len + 1) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t value_len;

		if (!newline)
			return bad(why, why_size, "its last line has no end", "");
		len = (size_t)(newline - text);
		value = row < N_ROWS ? value_of(text, len, rows[row].key, &value_len) : NULL;
		if (!value)
			return bad(why, why_size, "a line is not the one of ",
				row < N_ROWS ? rows[row].key : "the end");
		if (!take(&rows[row], value, value_len, ret))
			return bad(why, why_size, "a bad value of ", rows[row].key);
		row += rows[row].kind != FILES;
	}
	if (row < N_ROWS && rows[row].kind != FILES)
		return bad(why, why_size, "there is no ", rows[row].key);
	if (!sizes_agree(ret))
		return bad(why, why_size, "size and verity-size do not belong together", "");
	return 0;
}
