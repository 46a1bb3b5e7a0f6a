#include "yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/text.h"

struct ynode *ynode_get(const struct ynode *map, const char *key)
{
	if (!map || map->kind != YNODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++) {
		if (!strcmp(map->key[i], key))
			return map->item[i];
	}
	return NULL;
}

const char *ynode_str(const struct ynode *map, const char *key, const char *def)
{
	const struct ynode *n = ynode_get(map, key);

	return n && n->kind == YNODE_SCALAR ? n->text : def;
}

struct mark ynode_key_at(const struct ynode *map, const char *key)
{
	for (size_t i = 0; map->kind == YNODE_MAP && i < map->n; i++) {
		if (!strcmp(map->key[i], key))
			return map->key_at[i];
	}
	return map->at;
}

static bool is_one_of(const char *text, const char *const words[])
{
	for (; *words; words++) {
		if (!strcmp(text, *words))
			return true;
	}
	return false;
}

/* "0x1f", "0o17", "0b1" and "017" have their base; the sign stands before it; '_' may part digits.
 */
static bool parse_int(const char *text, int64_t *ret)
{
	char buf[80], *digits = buf, *end;
	size_t n = 0;
	int base = 10;
	unsigned long long v;
	bool is_negative;

	for (const char *c = text; *c; c++) {
		if (n == sizeof(buf) - 1)
			return false;
		if (*c != '_')
			buf[n++] = *c;
	}
	buf[n] = '\0';
	is_negative = *digits == '-';
	if (*digits == '-' || *digits == '+')
		digits++;
	if (digits[0] == '0' && digits[1]) {
		base = digits[1] == 'x' ? 16 : digits[1] == 'b' ? 2 : 8;
		digits += strchr("xbo", digits[1]) ? 2 : 1;
	}
	if (!*digits || strspn(digits, "0123456789abcdefABCDEF") != strlen(digits))
		return false;
	errno = 0;
	v = strtoull(digits, &end, base);
	if (*end || errno || v > (unsigned long long)INT64_MAX)
		return false;
	*ret = is_negative ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool is_float(const char *text)
{
	static const char *const words[] = {
		".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN", NULL};
	size_t digits;

	if (is_one_of(text, words))
		return true;
	text += *text == '+' || *text == '-';
	digits = strspn(text, "0123456789");
	text += digits;
	if (*text == '.') {
		text++;
		digits += strspn(text, "0123456789");
		text += strspn(text, "0123456789");
	}
	if (digits && (*text == 'e' || *text == 'E')) {
		text++;
		text += *text == '+' || *text == '-';
		digits = strspn(text, "0123456789");
		text += digits;
	}
	return digits && !*text;
}

enum yscalar ynode_scalar(const struct ynode *n)
{
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", NULL};
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	int64_t number;

	if (!n->is_plain)
		return YSCALAR_STRING;
	if (is_one_of(n->text, nulls))
		return YSCALAR_NULL;
	if (is_one_of(n->text, bools))
		return YSCALAR_BOOL;
	if (strchr("+-0123456789", n->text[0]) && parse_int(n->text, &number))
		return YSCALAR_INT;
	return is_float(n->text) ? YSCALAR_FLOAT : YSCALAR_STRING;
}

bool ynode_int(const struct ynode *n, int64_t *ret)
{
	return n->kind == YNODE_SCALAR && ynode_scalar(n) == YSCALAR_INT && parse_int(n->text, ret);
}

bool ynode_bool(const struct ynode *n)
{
	return n->kind == YNODE_SCALAR && (n->text[0] == 't' || n->text[0] == 'T');
}

size_t yaml_utf8(const char *text, size_t len)
{
	size_t i = 0, n;

	while (i < len && text[i] && (n = text_utf8_length(text + i, len - i)))
		i += n;
	return i;
}
