#include "image_ctx.h"

#include <stdbool.h>
#include <string.h>

const char *image_arch(const char *debian)
{
	static const struct {
		const char *debian, *oci;
	} other[] = {
		{"armel", "arm"},
		{"armhf", "arm"},
		{"i386", "386"},
		{"ppc64el", "ppc64le"},
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strcmp(debian, other[i].debian) == 0)
			return other[i].oci;
	return debian;
}

const char *image_full_name(struct arena *a, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t host = slash ? (size_t)(slash - name) : 0;
	const char *last = strrchr(name, '/');
	bool has_host = host && (memchr(name, '.', host) || memchr(name, ':', host) ||
					strncmp(name, "localhost/", 10) == 0);
	bool has_tag = strchr(last ? last : name, ':') || strchr(name, '@');

	return arena_printf(a, "%s%s%s",
		has_host ? ""
		: slash  ? "docker.io/"
			 : "docker.io/library/",
		name, has_tag ? "" : ":latest");
}

const char *image_layout(const struct image_ctx *ctx)
{
	return arena_printf(ctx->arena, "%s/build/oci/%s", ctx->root, ctx->board->machine);
}
