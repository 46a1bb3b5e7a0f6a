#include "asked.h"

#include <stdio.h>

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

bool asked_text(
	const struct ynode *entry, const char *key, char buf[ASKED_MAX], struct mark *ret_at)
{
	const struct ynode *value = entry ? ynode_get(entry, key) : NULL;
	const struct ynode *annotations = entry ? ynode_get(entry, "annotations") : NULL;
	char name[64];

	snprintf(name, sizeof(name), POLICY_PREFIX "%s", key);
	if (!value && annotations)
		value = ynode_get(annotations, name);
	if (!value)
		return false;
	asked_join(value, buf);
	if (ret_at)
		*ret_at = value->at;
	return true;
}
