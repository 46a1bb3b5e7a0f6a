#include "slot_name.h"

#include <string.h>

char slot_other(char slot)
{
	return slot == 'a' ? 'b' : 'a';
}

char slot_of_boot(const char *name)
{
	const size_t n = strlen(SLOT_BOOT);

	if (strncmp(name, SLOT_BOOT, n) != 0)
		return '\0';
	return (name[n] == 'a' || name[n] == 'b') && !name[n + 1] ? name[n] : '\0';
}

const struct table_part *slot_boot_part(const struct table *t, char slot)
{
	for (size_t i = 0; i < t->n; i++)
		if (slot_of_boot(t->part[i].name) == slot)
			return &t->part[i];
	return NULL;
}
