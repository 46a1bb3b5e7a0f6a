/*
 * The parts that spec.c puts together, and what they share (spec_part.c): each makes one piece of
 * config.json or runtime.json as JSON values, which the caller owns.  Values come from the entry's
 * YAML or from the image's label, both checked before.
 */
#pragma once

#include <jansson.h>

#include "asked.h"
#include "spec.h"

struct spec_in {
	struct arena *a;
	struct diag *d;
	const struct config *c;
	const struct ynode *yaml, *label; /* label may be NULL */
	const struct image_config *image;
	const struct spec_paths *paths;
	struct mark at; /* the entry, for what is wrong with the whole */
	bool readonly;
};

/* The YAML's value, or else the label's, or NULL: lists and maps replace each other as a whole. */
const struct ynode *spec_pick(const struct spec_in *in, const char *key);
/* The same for a word, where "" is as good as nothing. */
const char *spec_word(const struct spec_in *in, const char *key, const char *def);
bool spec_bool(const struct spec_in *in, const char *key);
/* KEY of the YAML, or else the label's with what KEY.add of both adds. */
const struct ynode *spec_merged(const struct spec_in *in, const char *key);

/* r < 0 from jansson means no memory: ends the tool with exit status 1. */
void spec_must(int r);
/* A value as it stands: maps, lists, strings, whole numbers, booleans. */
json_t *spec_json(const struct ynode *n);
void spec_set(json_t *object, const char *key, json_t *value);
/* Only when there is something: LinuxKit leaves out what is empty. */
void spec_set_some(json_t *object, const char *key, json_t *value);
void spec_add(json_t *array, json_t *value);

/* asked_text() of the YAML, or else of the label. */
bool spec_asked(const struct spec_in *in, const char *key, char buf[ASKED_MAX]);

json_t *spec_annotations(const struct spec_in *in);
json_t *spec_capabilities(const struct spec_in *in);
json_t *spec_rlimits(const struct spec_in *in);
json_t *spec_user(const struct spec_in *in);
json_t *spec_mounts(const struct spec_in *in);
json_t *spec_linux(const struct spec_in *in);
json_t *spec_runtime(const struct spec_in *in);
