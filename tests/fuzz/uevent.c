/* A message about a device; and the same bytes as modules.alias, modules.dep and a device's alias.
 */
#include "../../init/modalias.h"
#include "../../init/uevent.h"
#include "fuzz.h"

static void inside(struct span s, const char *text, size_t size)
{
	MUST(s.at >= text && s.len <= size && s.at + s.len <= text + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *modalias;
	struct span name, path, needs, need;
	const char *at = text;
	struct uevent e;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	(void)uevent_parse(text, size, &e);
	/* The last line is what a device asks for. */
	modalias = strrchr(text, '\n');
	modalias = modalias ? modalias + 1 : text;
	while (modalias_next(&at, modalias, &name)) {
		inside(name, text, size);
		if (!moddep_find(text, name, &path, &needs))
			continue;
		inside(path, text, size);
		while (moddep_next(&needs, &need))
			inside(modpath_name(need), text, size);
	}
	free(text);
	return 0;
}
