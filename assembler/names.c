#include "names.h"

#include <stdint.h>
#include <string.h>

struct slot {
	const char *name; /* NULL: empty */
	const void *value;
};

struct names {
	struct arena *arena;
	struct slot *slot;
	size_t n, size; /* a power of two, at least twice n */
};

/* FNV-1a (draft-eastlake-fnv-21) */
static uint64_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

/* Where it stands, or is to stand. */
static struct slot *find(const struct names *n, const char *name)
{
	size_t i = hash(name) & (n->size - 1);

	while (n->slot[i].name && strcmp(n->slot[i].name, name) != 0)
		i = (i + 1) & (n->size - 1);
	return &n->slot[i];
}

static void grow(struct names *n, size_t size)
{
	const struct names old = *n;

	n->size = size;
	n->slot = arena_alloc(n->arena, size * sizeof(*n->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i].name)
			*find(n, old.slot[i].name) = old.slot[i];
}

struct names *names_new(struct arena *a)
{
	struct names *n = arena_alloc(a, sizeof(*n));

	n->arena = a;
	grow(n, 16);
	return n;
}

const void *names_get(const struct names *n, const char *name)
{
	return find(n, name)->value;
}

void names_set(struct names *n, const char *name, const void *value)
{
	struct slot *s;

	if (2 * (n->n + 1) > n->size)
		grow(n, 2 * n->size);
	s = find(n, name);
	n->n += !s->name;
	*s = (struct slot){name, value};
}
