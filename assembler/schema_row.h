/*
 * How a table of keys is written: shorthand for schema_table.c and schema_tree.c alone.
 */
#pragma once

#include "schema.h"
#include "schema_look.h"

/* clang-format off */
#define STRING(...)	{.kind = SCHEMA_STRING, __VA_ARGS__}
#define INT(low, high)	{.kind = SCHEMA_INT, .min = (low), .max = (high)}
#define LIST(...)	{.kind = SCHEMA_LIST, .item = &(const struct schema_type){__VA_ARGS__}}
#define LIST_OF(type)	{.kind = SCHEMA_LIST, .item = &(type)}
#define RECORD(...)	{.kind = SCHEMA_RECORD, __VA_ARGS__}
#define WORDS(...)	STRING(.words = (const char *const[]){__VA_ARGS__, NULL})

#define KEY(key, key_type, key_help)	{.name = (key), .type = (key_type), .help = (key_help)}
#define NEED(key, key_type, key_help)	\
	{.name = (key), .type = (key_type), .help = (key_help), .required = true}
#define END	{.name = NULL}
/* clang-format on */
