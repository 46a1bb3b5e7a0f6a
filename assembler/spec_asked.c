/* annotations of config.json: the entry's own, and what it asks of the supervisor. */
#include <string.h>

#include "../lib/policy.h"
#include "spec_part.h"

bool spec_asked(const struct spec_in *in, const char *key, char buf[ASKED_MAX])
{
	return asked_text(in->yaml, key, buf, NULL) || asked_text(in->label, key, buf, NULL);
}

json_t *spec_annotations(const struct spec_in *in)
{
	const struct ynode *own = spec_pick(in, "annotations");
	json_t *annotations = own ? spec_json(own) : json_object();

	for (size_t i = 0; i < policy_rows_n; i++) {
		const char *key = policy_rows[i].key;
		char text[ASKED_MAX];

		if (spec_asked(in, key, text))
			spec_set(annotations, arena_printf(in->a, POLICY_PREFIX "%s", key),
				json_string(text));
	}
	return annotations;
}
