/*
 * A YAML (or JSON, which is YAML) file as a tree of nodes that know where they stand.
 * Anchors, aliases and merge keys (<<) are resolved, within bounds on depth and size; duplicate
 * keys, a second document, a key that is no scalar, bytes that are no UTF-8 and NUL are errors.
 * Nodes live in the arena and never change; an aliased node has several parents.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "mark.h"

enum ynode_kind {
	YNODE_SCALAR,
	YNODE_LIST,
	YNODE_MAP,
};

/* What a scalar is, by YAML 1.2's core schema (with YAML 1.1's 0755 as a number, as Go reads it).
 */
enum yscalar {
	YSCALAR_STRING,
	YSCALAR_INT,
	YSCALAR_FLOAT,
	YSCALAR_BOOL,
	YSCALAR_NULL,
};

struct ynode {
	enum ynode_kind kind;
	struct mark at;
	const char *text; /* scalar: the value without quotes; otherwise NULL */
	int is_plain;     /* scalar: written without quotes, so that 1 and true are no strings */
	size_t n;         /* list and map: number of items */
	struct ynode **item;
	const char **key; /* map only */
	struct mark *key_at;
};

#define YAML_DEPTH_MAX 64
#define YAML_NODES_MAX 200000 /* aliases counted as often as they are used */
#define YAML_BYTES_MAX (8 * 1024 * 1024)

/* NULL when the file cannot be read or is no YAML; the reason is in d. */
struct ynode *yaml_load(struct arena *a, struct diag *d, const char *path);
/* The same from memory; `name` stands for the file in messages. */
struct ynode *yaml_parse(
	struct arena *a, struct diag *d, const char *name, const char *text, size_t len);

/* The value of a key, or NULL. */
struct ynode *ynode_get(const struct ynode *map, const char *key);
/* The text of a scalar at a key, or `def`. */
const char *ynode_str(const struct ynode *map, const char *key, const char *def);
/* Where a key stands, or the map when it has no such key. */
struct mark ynode_key_at(const struct ynode *map, const char *key);

enum yscalar ynode_scalar(const struct ynode *n);
/* false when it is no integer, or none that fits. */
bool ynode_int(const struct ynode *n, int64_t *ret);
/* Of a scalar that is YSCALAR_BOOL. */
bool ynode_bool(const struct ynode *n);
/* How many of the bytes are good: the whole length, or where NUL or what is no UTF-8 begins. */
size_t yaml_utf8(const char *text, size_t len);
