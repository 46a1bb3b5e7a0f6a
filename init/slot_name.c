#include "slot_name.h"

#include <string.h>

char slot_other(char slot)
{
	return slot == 'a' ? 'b' : 'a';
}

/* Behind the prefix; NUL: it is no such name. */
static char letter_of(const char *name, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (strncmp(name, prefix, n) != 0)
		return '\0';
	return (name[n] == 'a' || name[n] == 'b') && !name[n + 1] ? name[n] : '\0';
}

char slot_of_boot(const char *name)
{
	return letter_of(name, SLOT_BOOT);
}

static const struct table_part *find(const struct table *t, const char *prefix, char slot)
{
	for (size_t i = 0; i < t->n; i++)
		if (letter_of(t->part[i].name, prefix) == slot)
			return &t->part[i];
	return NULL;
}

const struct table_part *slot_boot_part(const struct table *t, char slot)
{
	if (!t->is_gpt)
		return t->n > 0 ? t->part : NULL;
	return find(t, SLOT_BOOT, slot);
}

const struct table_part *slot_system_part(const struct table *t, char slot)
{
	const size_t at = slot == 'a' ? 1 : 2;

	if (!t->is_gpt)
		return t->n > at ? &t->part[at] : NULL;
	return find(t, SLOT_SYSTEM, slot);
}
