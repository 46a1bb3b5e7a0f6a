#include "disk_names.h"

#include <string.h>

const char *disk_part_name(const struct table *t, const struct table_part *p, bool has_record)
{
	static const char *const names[] = {"boot", "system-a", "system-b", "data"};

	if (t->is_gpt || !has_record || p->number > sizeof(names) / sizeof(names[0]))
		return p->name;
	return names[p->number - 1];
}

const struct table_part *disk_part_find(const struct table *t, const char *name, bool has_record)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(disk_part_name(t, &t->part[i], has_record), name) == 0)
			return &t->part[i];
	return NULL;
}

char disk_part_slot(const char *name)
{
	static const char *const names[] = {"boot-a", "boot-b", "system-a", "system-b"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return name[strlen(name) - 1];
	return '\0';
}
