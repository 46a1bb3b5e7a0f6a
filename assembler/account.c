#include "account.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schema_look.h"

enum {
	FILE_MAX_BYTES = 1 << 20, /* a larger one is no list of users */
	FIELDS = 7,               /* of passwd(5); group(5) has four */
};

static const char *read_file(struct arena *a, const struct tree *image, const char *path)
{
	const struct tree_inode *f;
	char *text, *real;

	/* The dot makes the last name a parent too, so that it is followed. */
	if (tree_follow(image, arena_printf(a, "%s/.", path), &real) < 0)
		return NULL;
	f = tree_get(image, real);
	free(real);
	if (!f || !S_ISREG(f->mode) || f->size > FILE_MAX_BYTES)
		return NULL;
	text = arena_alloc(a, (size_t)f->size + 1);
	return tree_read(image, f, text, (size_t)f->size, 0) == f->size ? text : NULL;
}

struct accounts accounts_read(struct arena *a, const struct tree *image)
{
	return (struct accounts){
		read_file(a, image, "etc/passwd"), read_file(a, image, "etc/group")};
}

static bool is_text(const struct part *p, const struct part *want)
{
	return p->len == want->len && memcmp(p->text, want->text, p->len) == 0;
}

static bool parse_id(const struct part *p, unsigned *ret)
{
	unsigned long long id = 0;

	for (size_t i = 0; i < p->len; i++) {
		if (p->text[i] < '0' || p->text[i] > '9')
			return false;
		id = id * 10 + (unsigned long long)(p->text[i] - '0');
		if (id >= UINT32_MAX)
			return false;
	}
	*ret = (unsigned)id;
	return p->len > 0;
}

/* The fields of the next line that has at least `need` of them; NULL at the end. */
static const char *next_line(const char *text, struct part field[FIELDS], size_t need)
{
	while (text && *text) {
		struct part line = {text, strcspn(text, "\n")};
		size_t n = 0;

		text += line.len + (text[line.len] == '\n');
		while (n < FIELDS) {
			const char *colon = memchr(line.text, ':', line.len);

			field[n].text = line.text;
			field[n].len = colon ? (size_t)(colon - line.text) : line.len;
			line.len -= field[n].len + (colon != NULL);
			line.text += field[n].len + (colon != NULL);
			n++;
			if (!colon)
				break;
		}
		if (n >= need)
			return text;
	}
	return NULL;
}

/* By name, or where that is a number by the number, which is in field 2 of both files. */
static bool find_line(const char *text, const struct part *who, size_t need, struct part *field)
{
	unsigned want = 0, id;
	bool is_number = parse_id(who, &want);

	while ((text = next_line(text, field, need))) {
		if (is_text(&field[0], who))
			return true;
		if (is_number && parse_id(&field[2], &id) && id == want)
			return true;
	}
	return false;
}

static bool lists(const struct part *members, const struct part *who)
{
	const char *p = members->text, *end = p + members->len;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const struct part one = {p, (size_t)((comma ? comma : end) - p)};

		if (is_text(&one, who))
			return true;
		p += one.len + 1;
	}
	return false;
}

static void find_more(
	struct arena *a, const char *text, const struct part *who, struct account *account)
{
	struct part field[FIELDS];
	size_t max = 1;

	for (const char *p = text; p && *p; p++)
		max += *p == '\n';
	account->more = arena_alloc(a, max * sizeof(*account->more));
	while ((text = next_line(text, field, 4))) {
		unsigned id;

		if (lists(&field[3], who) && parse_id(&field[2], &id))
			account->more[account->n_more++] = id;
	}
}

static const char *find_group(
	struct arena *a, const struct accounts *all, const struct part *who, unsigned *ret)
{
	struct part field[FIELDS];

	if (find_line(all->group, who, 3, field) && parse_id(&field[2], ret))
		return NULL;
	if (parse_id(who, ret))
		return NULL;
	return arena_printf(a, "its /etc/group has no group '%.*s'", (int)who->len, who->text);
}

const char *account_find(
	struct arena *a, const struct accounts *all, const char *user, struct account *ret)
{
	static const struct part root = {"root", 4}, zero = {"0", 1};
	struct part p[2] = {{0}}, field[FIELDS];
	size_t parts = parts_split(user, ':', p, 2);
	/* Nobody who gave up no rights gets further groups. */
	bool is_root = !p[0].len || is_text(&p[0], &root) || is_text(&p[0], &zero);

	*ret = (struct account){0};
	if (parts > 2)
		return arena_printf(a, "'%s' has more than one ':'", user);
	if (!is_root && find_line(all->passwd, &p[0], 4, field) && parse_id(&field[2], &ret->uid) &&
		parse_id(&field[3], &ret->gid)) {
		if (parts == 1)
			find_more(a, all->group, &field[0], ret);
	} else if (!is_root && !parse_id(&p[0], &ret->uid)) {
		return arena_printf(
			a, "its /etc/passwd has no user '%.*s'", (int)p[0].len, p[0].text);
	}
	return parts == 2 && p[1].len ? find_group(a, all, &p[1], &ret->gid) : NULL;
}
