#include "uevent.h"

#include <string.h>

bool uevent_parse(const char *buf, size_t size, struct uevent *ret)
{
	static const char action[] = "ACTION=", modalias[] = "MODALIAS=";
	const char *end = buf + size;

	*ret = (struct uevent){0};
	if (size == 0 || end[-1] != '\0' || !strchr(buf, '@'))
		return false;
	for (const char *p = buf + strlen(buf) + 1; p < end; p += strlen(p) + 1) {
		if (strncmp(p, action, strlen(action)) == 0)
			ret->added = strcmp(p + strlen(action), "add") == 0;
		ret->asks |=
			strncmp(p, modalias, strlen(modalias)) == 0 && p[strlen(modalias)] != '\0';
	}
	return true;
}
