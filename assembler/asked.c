#include "asked.h"

#include <stdio.h>
#include <string.h>

#include "../lib/policy.h"
#include "../lib/text.h"

void asked_join(const struct ynode *value, char buf[ASKED_MAX])
{
	struct text t = text_in(buf, ASKED_MAX);

	if (value->kind == YNODE_SCALAR)
		text_add(&t, value->text);
	for (size_t i = 0; value->kind == YNODE_LIST && i < value->n; i++) {
		if (i)
			text_add(&t, " ");
		/* Wrong files are read too, as far as that goes. */
		if (value->item[i]->kind == YNODE_SCALAR)
			text_add(&t, value->item[i]->text);
	}
}

static const struct ynode *asked_value(const struct ynode *entry, const char *key)
{
	const struct ynode *value = entry ? ynode_get(entry, key) : NULL;
	const struct ynode *annotations = entry ? ynode_get(entry, "annotations") : NULL;
	char name[64];

	snprintf(name, sizeof(name), POLICY_PREFIX "%s", key);
	return value || !annotations ? value : ynode_get(annotations, name);
}

bool asked_text(
	const struct ynode *entry, const char *key, char buf[ASKED_MAX], struct mark *ret_at)
{
	const struct ynode *value = asked_value(entry, key);

	if (!value)
		return false;
	asked_join(value, buf);
	if (ret_at)
		*ret_at = value->at;
	return true;
}

static size_t count_words(const char *s)
{
	size_t n = 0;

	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		s += strcspn(s, " ");
		n++;
	}
	return n;
}

struct mark asked_word(const struct ynode *entry, const char *key, size_t word)
{
	const struct ynode *value = asked_value(entry, key);
	size_t seen = 0;

	for (size_t i = 0; value && value->kind == YNODE_LIST && i < value->n; i++) {
		if (value->item[i]->kind == YNODE_SCALAR)
			seen += count_words(value->item[i]->text);
		if (seen > word)
			return value->item[i]->at;
	}
	return value ? value->at : (struct mark){0};
}
