/* What may be asked of the supervisor: "KEY=VALUE" for each row of the table. */
#include "../../init/scan.h"
#include "fuzz.h"

/* Where a value is taken for nothing, all else must stay as it was. */
static void try(const struct policy_row *row, const char *text)
{
	struct scan_record rec = {.id = "x", .policy = policy_default()};
	struct policy before = rec.policy;
	const char *at = rec.policy.after;
	struct after_word word;
	size_t words = 0;

	if (!row->take(&rec.policy, text)) {
		rec.policy.limited = before.limited;
		MUST(memcmp(&before, &rec.policy, sizeof(before)) == 0);
	}
	MUST(scan_record_ok(&rec));
	while (policy_after_next(&at, &word)) {
		MUST(word.len > 0 && word.name >= rec.policy.after);
		MUST(word.name + word.len <= rec.policy.after + POLICY_AFTER_MAX);
		words++;
	}
	MUST(words <= POLICY_AFTER_N);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *value;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	value = strchr(text, '=');
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < policy_rows_n; i++) {
		if (!value || strcmp(policy_rows[i].key, text) == 0)
			try(&policy_rows[i], value ? value : text);
	}
	free(text);
	return 0;
}
