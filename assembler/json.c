#include "json.h"

#include <stdlib.h>

static json_t *map_to_json(const struct ynode *n)
{
	json_t *map = json_object();

	for (size_t i = 0; i < n->n; i++)
		(void)json_object_set_new(map, n->key[i], json_from_yaml(n->item[i]));
	return map;
}

static json_t *list_to_json(const struct ynode *n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n->n; i++)
		(void)json_array_append_new(list, json_from_yaml(n->item[i]));
	return list;
}

static json_t *scalar_to_json(const struct ynode *n)
{
	int64_t number;

	switch (ynode_scalar(n)) {
	case YSCALAR_INT:
		if (ynode_int(n, &number))
			return json_integer(number);
		return json_string(n->text);
	case YSCALAR_FLOAT:
		return json_real(strtod(n->text, NULL));
	case YSCALAR_BOOL:
		return json_boolean(ynode_bool(n));
	case YSCALAR_NULL:
		return json_null();
	case YSCALAR_STRING:
		break;
	}
	return json_string(n->text);
}

json_t *json_from_yaml(const struct ynode *n)
{
	switch (n->kind) {
	case YNODE_MAP:
		return map_to_json(n);
	case YNODE_LIST:
		return list_to_json(n);
	case YNODE_SCALAR:
		break;
	}
	return scalar_to_json(n);
}
