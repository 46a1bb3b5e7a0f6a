#include "spec_part.h"

#include <stdlib.h>
#include <string.h>

const struct ynode *spec_pick(const struct spec_in *in, const char *key)
{
	const struct ynode *n = ynode_get(in->yaml, key);

	return n ? n : ynode_get(in->label, key);
}

const char *spec_word(const struct spec_in *in, const char *key, const char *def)
{
	const char *word = ynode_str(in->yaml, key, "");

	if (!word[0])
		word = ynode_str(in->label, key, "");
	return word[0] ? word : def;
}

bool spec_bool(const struct spec_in *in, const char *key)
{
	const struct ynode *n = spec_pick(in, key);

	return n && ynode_bool(n);
}

const struct ynode *spec_merged(const struct spec_in *in, const char *key)
{
	const char *add = arena_printf(in->a, "%s.add", key);
	const struct ynode *from[] = {
		ynode_get(in->label, key), ynode_get(in->label, add), ynode_get(in->yaml, add)};
	struct ynode *all;

	if (ynode_get(in->yaml, key))
		return ynode_get(in->yaml, key);
	all = arena_alloc(in->a, sizeof(*all));
	all->kind = YNODE_LIST;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		all->n += from[i] ? from[i]->n : 0;
	all->item = arena_alloc(in->a, all->n * sizeof(*all->item));
	all->n = 0;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		for (size_t k = 0; from[i] && k < from[i]->n; k++)
			all->item[all->n++] = from[i]->item[k];
	}
	return all;
}

static json_t *scalar_json(const struct ynode *n)
{
	enum yscalar kind = ynode_scalar(n);
	int64_t number;

	if (kind == YSCALAR_BOOL)
		return json_boolean(ynode_bool(n));
	if (kind == YSCALAR_INT && ynode_int(n, &number))
		return json_integer(number);
	return json_string(n->text);
}

json_t *spec_json(const struct ynode *n)
{
	json_t *value;

	if (n->kind == YNODE_SCALAR)
		return scalar_json(n);
	value = n->kind == YNODE_MAP ? json_object() : json_array();
	for (size_t i = 0; i < n->n; i++) {
		if (n->kind == YNODE_MAP)
			spec_set(value, n->key[i], spec_json(n->item[i]));
		else
			spec_add(value, spec_json(n->item[i]));
	}
	return value;
}

/* jansson says no when there is no memory, or for bytes that YAML and the image reader let not
 * pass. */
void spec_must(int r)
{
	if (r == 0)
		return;
	(void)say_error("out of memory");
	exit(1);
}

void spec_set(json_t *object, const char *key, json_t *value)
{
	spec_must(json_object_set_new(object, key, value));
}

void spec_set_some(json_t *object, const char *key, json_t *value)
{
	if (json_array_size(value) || json_object_size(value) || json_string_length(value))
		spec_set(object, key, value);
	else
		json_decref(value);
}

void spec_add(json_t *array, json_t *value)
{
	spec_must(json_array_append_new(array, value));
}
