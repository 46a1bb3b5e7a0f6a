#include "platform.h"

#include <string.h>

static const char *str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

const char *platform_name(struct arena *a, const json_t *descriptor)
{
	const json_t *p = json_object_get(descriptor, "platform");
	const char *os = str(p, "os"), *variant = str(p, "variant");

	if (!*str(p, "architecture") || strcmp(str(p, "architecture"), "unknown") == 0)
		return NULL;
	return arena_printf(a, "%s/%s%s%s", *os ? os : "linux", str(p, "architecture"),
		*variant ? "/" : "", variant);
}

int platform_is(const json_t *descriptor, const char *arch)
{
	const json_t *p = json_object_get(descriptor, "platform");
	const char *os = str(p, "os");

	if (!*str(p, "architecture"))
		return 1;
	return strcmp(str(p, "architecture"), arch) == 0 && (!*os || strcmp(os, "linux") == 0);
}

/* Debian's armhf, which is what our boards run, is v7; v8 is for 64-bit processors. */
static int rank(const json_t *descriptor, const char *arch)
{
	static const char *const order[] = {"v8", "v5", "v6", "", "v7"};
	const char *variant = str(json_object_get(descriptor, "platform"), "variant");

	if (strcmp(arch, "arm") != 0)
		return 1;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (strcmp(variant, order[i]) == 0)
			return (int)i;
	return 0;
}

const char *platform_note(struct arena *a, const char *list, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	if (n == 0 || !list)
		return n ? word : list;
	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ','))
			return list;
	return arena_printf(a, "%s, %s", list, word);
}

const char *platform_choose(
	struct arena *a, const json_t *index, const char *arch, const char **ret_others)
{
	const json_t *descriptor, *best = NULL;
	size_t i;

	*ret_others = NULL;
	json_array_foreach(json_object_get(index, "manifests"), i, descriptor)
	{
		*ret_others = platform_note(a, *ret_others, platform_name(a, descriptor));
		if (platform_is(descriptor, arch) && platform_name(a, descriptor) &&
			(!best || rank(descriptor, arch) > rank(best, arch)))
			best = descriptor;
	}
	return best ? arena_strdup(a, str(best, "digest")) : NULL;
}
