#include "schema.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nearest.h"

enum {
	PLACE_MAX = 256,
};

static size_t print_place(const struct schema_place *at, char *buf, size_t size)
{
	size_t len = at->up ? print_place(at->up, buf, size) : 0;
	int n;

	if (!at->up)
		return 0;
	if (at->key)
		n = snprintf(buf + len, size - len, "%s%s", len ? "." : "", at->key);
	else
		n = snprintf(buf + len, size - len, "[%zu]", at->index);
	if (n < 0)
		return len;
	return (size_t)n < size - len ? len + (size_t)n : size - 1;
}

const char *schema_name(const struct schema_place *at, char *buf, size_t size)
{
	if (!at->up)
		(void)snprintf(buf, size, "the file");
	else if (at->key)
		(void)snprintf(buf, size, "'%s'", at->key);
	else if (at->up->key)
		(void)snprintf(buf, size, "'%s[%zu]'", at->up->key, at->index);
	else
		(void)snprintf(buf, size, "item %zu", at->index);
	return buf;
}

static const char *kind_name(enum schema_kind kind)
{
	static const char *const names[] = {
		[SCHEMA_STRING] = "a string",
		[SCHEMA_BOOL] = "true or false",
		[SCHEMA_INT] = "a whole number",
		[SCHEMA_ID] = "a number or a name",
		[SCHEMA_LIST] = "a list",
		[SCHEMA_RECORD] = "a map",
		[SCHEMA_STRINGS] = "a map",
		[SCHEMA_WORDS] = "a value or a list of words",
	};

	return names[kind];
}

static const char *value_name(const struct ynode *n)
{
	static const char *const names[] = {
		[YSCALAR_STRING] = "a string",
		[YSCALAR_INT] = "a number",
		[YSCALAR_FLOAT] = "a number with a fraction",
		[YSCALAR_BOOL] = "a boolean",
		[YSCALAR_NULL] = "empty",
	};

	if (n->kind == YNODE_LIST)
		return "a list";
	return n->kind == YNODE_MAP ? "a map" : names[ynode_scalar(n)];
}

static bool is_yes_or_no(const char *text, bool *ret)
{
	static const char *const words[] = {"no", "off", "false", "0", "yes", "on", "true", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(text, words[i])) {
			*ret = i >= 4;
			return true;
		}
	}
	return false;
}

/* What would be right, where that is easy to say. */
static void print_hint(const struct ynode *n, enum schema_kind want, char *buf, size_t size)
{
	struct ynode plain = *n;
	enum yscalar is;
	bool value;

	buf[0] = '\0';
	if (n->kind != YNODE_SCALAR)
		return;
	is = ynode_scalar(n);
	plain.is_plain = 1;
	if (want == SCHEMA_STRING && is != YSCALAR_STRING && is != YSCALAR_NULL)
		(void)snprintf(buf, size, ": write \"%s\"", n->text);
	else if (want == SCHEMA_BOOL && is_yes_or_no(n->text, &value))
		(void)snprintf(buf, size, ": write %s", value ? "true" : "false");
	else if (want == SCHEMA_INT && is == YSCALAR_STRING && ynode_scalar(&plain) == YSCALAR_INT)
		(void)snprintf(buf, size, ": write %s without quotes", n->text);
	else if (want == SCHEMA_LIST && is != YSCALAR_NULL)
		(void)snprintf(buf, size, ": write [\"%s\"]", n->text);
	else if (is == YSCALAR_NULL)
		(void)snprintf(buf, size, ": give it a value or leave it out");
}

static bool fits(const struct ynode *n, enum schema_kind want)
{
	static const unsigned allowed[] = {
		[SCHEMA_STRING] = 1u << YSCALAR_STRING,
		[SCHEMA_BOOL] = 1u << YSCALAR_BOOL,
		[SCHEMA_INT] = 1u << YSCALAR_INT,
		[SCHEMA_ID] = 1u << YSCALAR_INT | 1u << YSCALAR_STRING,
		[SCHEMA_STRINGS] = 0,
		[SCHEMA_WORDS] = ~(1u << YSCALAR_NULL),
	};

	for (size_t i = 0; want == SCHEMA_WORDS && n->kind == YNODE_LIST; i++) {
		if (i == n->n)
			return true;
		if (n->item[i]->kind != YNODE_SCALAR)
			return false;
	}

	if (want == SCHEMA_LIST)
		return n->kind == YNODE_LIST;
	if (want == SCHEMA_RECORD || want == SCHEMA_STRINGS)
		return n->kind == YNODE_MAP;
	return n->kind == YNODE_SCALAR && (allowed[want] & 1u << ynode_scalar(n));
}

static void check(struct diag *d, const struct ynode *n, const struct schema_type *type,
	const struct schema_place *at);

static void check_range(
	struct diag *d, const struct ynode *n, const struct schema_type *t, const char *name)
{
	int64_t value = 0;

	if ((t->min || t->max) && ynode_int(n, &value) && (value < t->min || value > t->max))
		diag_error(d, n->at, "%s must be between %lld and %lld", name, (long long)t->min,
			(long long)t->max);
}

static void check_words(
	struct diag *d, const struct ynode *n, const char *const words[], const char *name)
{
	char list[PLACE_MAX] = "";
	const char *near;
	size_t len = 0;

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(n->text, words[i]))
			return;
		if (words[i][0] && len < sizeof(list)) {
			int r = snprintf(
				list + len, sizeof(list) - len, "%s%s", len ? ", " : "", words[i]);

			len += r > 0 ? (size_t)r : 0;
		}
	}
	near = nearest_word(n->text, words);
	if (near && near[0])
		diag_error(d, n->at, "%s cannot be '%s': did you mean '%s'?", name, n->text, near);
	else
		diag_error(d, n->at, "%s cannot be '%s': it is one of %s", name, n->text, list);
}

static const struct schema_key *find_key(const struct schema_key *keys, const char *name)
{
	for (; keys->name; keys++) {
		if (!strcmp(keys->name, name))
			return keys;
	}
	return NULL;
}

static void unknown_key(struct diag *d, struct mark key_at, const char *name,
	const struct schema_key *keys, const struct schema_place *at)
{
	char where[PLACE_MAX] = "", list[PLACE_MAX] = "";
	struct nearest n = nearest_to(name);
	size_t len = 0;

	for (const struct schema_key *k = keys; k->name; k++) {
		int r;

		nearest_try(&n, k->name);
		if (len >= sizeof(list))
			continue;
		r = snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "", k->name);
		len += r > 0 ? (size_t)r : 0;
	}
	(void)print_place(at, where, sizeof(where));
	if (n.best)
		diag_error(d, key_at, "unknown key '%s'%s%s: did you mean '%s'?", name,
			where[0] ? " in " : "", where, n.best);
	else
		diag_error(d, key_at, "unknown key '%s'%s%s: known are %s%s", name,
			where[0] ? " in " : "", where, list, len >= sizeof(list) ? " …" : "");
}

static void check_record(struct diag *d, const struct ynode *n, const struct schema_key *keys,
	const struct schema_place *at)
{
	char where[PLACE_MAX] = "";

	for (size_t i = 0; i < n->n; i++) {
		const struct schema_key *k = find_key(keys, n->key[i]);
		struct schema_place below = {.up = at, .key = n->key[i]};

		if (k)
			check(d, n->item[i], k->type, &below);
		else
			unknown_key(d, n->key_at[i], n->key[i], keys, at);
	}
	(void)print_place(at, where, sizeof(where));
	for (; keys->name; keys++) {
		if (keys->required && !ynode_get(n, keys->name))
			diag_error(d, n->at, "%s needs the key '%s': %s",
				where[0] ? where : "the file", keys->name, keys->help);
	}
}

static void check(struct diag *d, const struct ynode *n, const struct schema_type *type,
	const struct schema_place *at)
{
	static const struct schema_type string = {.kind = SCHEMA_STRING};
	char name[PLACE_MAX], hint[PLACE_MAX];
	int before = diag_count(d);

	if (type->short_form && n->kind == YNODE_SCALAR)
		type = type->short_form;
	schema_name(at, name, sizeof(name));
	if (!fits(n, type->kind)) {
		print_hint(n, type->kind, hint, sizeof(hint));
		diag_error(d, n->at, "%s must be %s, not %s%s", name, kind_name(type->kind),
			value_name(n), hint);
		return;
	}
	for (size_t i = 0; type->kind == SCHEMA_LIST && i < n->n; i++) {
		struct schema_place below = {.up = at, .index = i};

		check(d, n->item[i], type->item, &below);
	}
	for (size_t i = 0; type->kind == SCHEMA_STRINGS && i < n->n; i++) {
		struct schema_place below = {.up = at, .key = n->key[i]};

		check(d, n->item[i], &string, &below);
	}
	if (type->kind == SCHEMA_RECORD)
		check_record(d, n, type->keys, at);
	if (type->kind == SCHEMA_INT)
		check_range(d, n, type, name);
	if (type->kind == SCHEMA_STRING && type->words)
		check_words(d, n, type->words, name);
	/* A look may rely on the types of everything below. */
	if (type->look && diag_count(d) == before)
		type->look(d, n, at);
}

int schema_check(struct diag *d, const struct ynode *doc, const struct schema_type *type)
{
	const struct schema_place top = {0};
	int before = diag_count(d);

	check(d, doc, type, &top);
	return diag_count(d) == before ? 0 : -1;
}

int schema_check_label(struct diag *d, const struct ynode *label)
{
	return schema_check(d, label, &schema_label);
}
