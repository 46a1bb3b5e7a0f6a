/*
 * What may stand in our YAML files: one const table of keys and types that drives the checker and
 * can be walked for documentation.  A new key is one row in schema_table.c.
 *
 * Checked here: everything one file says by itself.  What needs the whole system (names that two
 * files share, references to volumes and containers) is config.c's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "yaml.h"

enum schema_kind {
	SCHEMA_STRING,
	SCHEMA_BOOL,
	SCHEMA_INT,
	SCHEMA_ID, /* a number, or a name */
	SCHEMA_LIST,
	SCHEMA_RECORD,  /* a map with known keys */
	SCHEMA_STRINGS, /* a map from any key to a string */
	SCHEMA_WORDS,   /* a scalar of any kind, or a list of them */
};

/* Where in the file's structure: "services[0].runtime.mounts[1]". */
struct schema_place {
	const struct schema_place *up;
	const char *key; /* NULL: an item of a list */
	size_t index;
};

/* A further look at a value that has the right type. */
typedef void schema_look(struct diag *d, const struct ynode *n, const struct schema_place *at);

struct schema_type {
	enum schema_kind kind;
	int64_t min, max;                     /* of SCHEMA_INT, when one of them is not 0 */
	const char *const *words;             /* of SCHEMA_STRING: one of these */
	const struct schema_type *item;       /* of SCHEMA_LIST */
	const struct schema_key *keys;        /* of SCHEMA_RECORD; ends with a row without a name */
	const struct schema_type *short_form; /* of SCHEMA_RECORD: a scalar that may stand for it */
	schema_look *look;
};

struct schema_key {
	const char *name;
	const struct schema_type *type;
	const char *help;
	bool required;
};

extern const struct schema_type schema_linuxkit;  /* a whole system */
extern const struct schema_type schema_label;     /* an image entry without name and image */
extern const struct schema_type schema_board;     /* board.yml */
extern const struct schema_type schema_component; /* build.yml */

/* 0, or -1 with the reasons in d. */
int schema_check(struct diag *d, const struct ynode *doc, const struct schema_type *type);
/* The label org.mobyproject.config, and `config:` of a build.yml. */
int schema_check_label(struct diag *d, const struct ynode *label);

/* "'net'", "'command[1]'": the last part of a place, in quotes, as messages name it. */
const char *schema_name(const struct schema_place *at, char *buf, size_t size);
