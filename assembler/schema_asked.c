/* What is asked of the supervisor: keys of ours and annotations, by one table (lib/policy.h). */
#include <stdio.h>
#include <string.h>

#include "../lib/policy.h"
#include "asked.h"
#include "nearest.h"
#include "schema_look.h"

static unsigned kind_of(const char *list)
{
	static const struct {
		const char *list;
		unsigned kind;
	} lists[] = {{"onboot", POLICY_ONBOOT}, {"onshutdown", POLICY_ONSHUTDOWN},
		{"services", POLICY_SERVICE}};

	for (size_t i = 0; list && i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i].list, list) == 0)
			return lists[i].kind;
	}
	return POLICY_ANY; /* an image's label does not know where it will be used */
}

static bool is_taken(const struct policy_row *row, const struct ynode *value)
{
	struct policy scratch = policy_default();
	char text[ASKED_MAX];

	asked_join(value, text);
	return row->take(&scratch, text);
}

static void bad_value(struct diag *d, struct mark at, const struct ynode *value,
	const struct policy_row *row, const char *name)
{
	char text[ASKED_MAX];

	asked_join(value, text);
	diag_error(d, at, "'%s' must be %s, not '%s'", name, row->form, text);
}

/*
 * Of a list whose items mean something by themselves, those that are wrong are told; of one that
 * means something as a whole, the list.
 */
static void bad_list(
	struct diag *d, const struct ynode *list, const struct policy_row *row, const char *name)
{
	size_t n_taken = 0;

	for (size_t i = 0; i < list->n; i++)
		n_taken += is_taken(row, list->item[i]);
	if (n_taken == 0 || n_taken == list->n)
		bad_value(d, list->at, list, row, name);
	for (size_t i = 0; n_taken && i < list->n; i++)
		if (!is_taken(row, list->item[i]))
			bad_value(d, list->item[i]->at, list->item[i], row, name);
}

static void check_value(struct diag *d, const struct ynode *value, struct mark key_at,
	const struct policy_row *row, const char *name, unsigned kind)
{
	if (!(row->kinds & kind))
		diag_error(d, key_at, "'%s' is for %s", name,
			row->kinds == POLICY_SERVICE ? "services: alone"
						     : "onboot: and onshutdown: alone");
	else if (!is_taken(row, value) && value->kind == YNODE_LIST)
		bad_list(d, value, row, name);
	else if (!is_taken(row, value))
		bad_value(d, value->at, value, row, name);
}

void look_asked(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const struct schema_place *list = at->up ? at->up->up : NULL;

	check_value(d, n, n->at, policy_find(at->key), at->key,
		kind_of(list && list->up ? list->key : NULL));
}

static void unknown_annotation(struct diag *d, struct mark at, const char *name)
{
	const char *keys[64];
	const char *near;
	size_t n = 0;

	for (; n < policy_rows_n && n + 1 < sizeof(keys) / sizeof(keys[0]); n++)
		keys[n] = policy_rows[n].key;
	keys[n] = NULL;
	near = nearest_word(name + strlen(POLICY_PREFIX), keys);
	diag_error(d, at, "unknown annotation '%s'%s%s%s", name,
		near ? ": did you mean '" POLICY_PREFIX : "", near ? near : "", near ? "'?" : "");
}

/* Anybody's annotations pass; ours have to be right, since nothing on the device could say so. */
void look_annotations(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const struct schema_place *list = at->up ? at->up->up : NULL;

	for (size_t i = 0; i < n->n; i++) {
		const struct policy_row *row;

		if (strncmp(n->key[i], POLICY_PREFIX, strlen(POLICY_PREFIX)) != 0)
			continue;
		row = policy_find(n->key[i] + strlen(POLICY_PREFIX));
		if (!row)
			unknown_annotation(d, n->key_at[i], n->key[i]);
		else
			check_value(d, n->item[i], n->key_at[i], row, n->key[i],
				kind_of(list && list->up ? list->key : NULL));
	}
}

/* The same thing asked twice could only be two different things. */
void look_entry(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const struct ynode *annotations = ynode_get(n, "annotations");

	(void)at;
	for (size_t i = 0; annotations && i < policy_rows_n; i++) {
		const char *key = policy_rows[i].key;
		char name[64];

		snprintf(name, sizeof(name), POLICY_PREFIX "%s", key);
		if (ynode_get(n, key) && ynode_get(annotations, name))
			diag_error(d, ynode_key_at(n, key),
				"'%s' and the annotation '%s' say the same: keep one", key, name);
	}
}
